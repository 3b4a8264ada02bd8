/**
 * Ways in which a token answer strays from RFC 6749 section 5.1.
 *
 * - `expires-in-string` (Entra v1), `expires-in-absent` (Salesforce), `expires-in-zero`, `expires-in-huge`
 * - `token-type-lowercase`, `token-type-missing`, `token-type-user` (Slack), `token-type-mac`: one that is unusable, `token-type-dpop`:
 *   one that is unusable without a key
 * - `scope-absent`, `scope-comma` (Slack)
 * - `refresh-token-empty`: an empty string where the member should be missing or full
 * - `refresh-token-on-first`: only the first answer has it; a refresh leaves it out (RFC 6749 section 6)
 * - `refresh-token-expiry`: says when the refresh token ends (GitHub)
 * - `nested`: under `authed_user` (Slack)
 */
export type TokenAnswerShape =
  | 'expires-in-string'
  | 'expires-in-absent'
  | 'expires-in-zero'
  | 'expires-in-huge'
  | 'token-type-lowercase'
  | 'token-type-missing'
  | 'token-type-user'
  | 'token-type-mac'
  | 'token-type-dpop'
  | 'scope-absent'
  | 'scope-comma'
  | 'refresh-token-empty'
  | 'refresh-token-on-first'
  | 'refresh-token-expiry'
  | 'nested';

/** What the token endpoint's answers look like. */
export interface TokenAnswerQuirks {
  readonly tokenShapes: readonly TokenAnswerShape[];
  /** `form-unless-asked`: JSON only for `Accept: application/json` (GitHub). */
  readonly tokenFormat: 'json' | 'form' | 'form-unless-asked';
  readonly tokenStatus: 200 | 201;
  /**
   * Errors: as RFC 6749 section 5.2 has them, the same with status 200 (GitHub), `{"ok":false}` with 200 (Slack),
   * `{"message"}` with 422 (Supabase), `{"code","message","data"}` (WordPress), `{"errors":[…]}` (Datadog), or a web page.
   */
  readonly tokenErrors: 'standard' | 'status-200' | 'slack' | 'message' | 'code-message' | 'errors' | 'html';
}

type Body = Record<string, unknown>;

/** What the shapes may ask about the answer. */
export interface TokenAnswerSituation {
  readonly isRefresh: boolean;
  readonly asksForJson: boolean;
}

const SHAPES: Record<TokenAnswerShape, (body: Body, situation: TokenAnswerSituation) => Body> = {
  'expires-in-string': (body) => ({ ...body, expires_in: String(body['expires_in']) }),
  'expires-in-absent': (body) => without(body, 'expires_in'),
  'expires-in-zero': (body) => ({ ...body, expires_in: 0 }),
  'expires-in-huge': (body) => ({ ...body, expires_in: 1e15 }),
  'token-type-lowercase': (body) => ({ ...body, token_type: 'bearer' }),
  'token-type-missing': (body) => without(body, 'token_type'),
  'token-type-user': (body) => ({ ...body, token_type: 'user' }),
  'token-type-mac': (body) => ({ ...body, token_type: 'mac' }),
  'token-type-dpop': (body) => ({ ...body, token_type: 'DPoP' }),
  'scope-absent': (body) => without(body, 'scope'),
  'scope-comma': (body) => ({ ...body, scope: String(body['scope']).replaceAll(' ', ',') }),
  'refresh-token-empty': (body) => ({ ...body, refresh_token: '' }),
  'refresh-token-on-first': (body, { isRefresh }) => (isRefresh ? without(body, 'refresh_token') : body),
  'refresh-token-expiry': (body) => ({ ...body, refresh_token_expires_in: 7 * 86_400 }),
  nested: (body) => ({ ok: true, authed_user: body }),
};

function without(body: Body, name: string): Body {
  return Object.fromEntries(Object.entries(body).filter((entry) => entry[0] !== name));
}

/** A successful token answer in this server's way. */
export function tokenAnswer(
  body: Body,
  quirks: TokenAnswerQuirks,
  situation: TokenAnswerSituation,
): Response {
  const shaped = quirks.tokenShapes.reduce((answer, shape) => SHAPES[shape](answer, situation), body);
  const headers = { 'cache-control': 'no-store' };
  const isJson = quirks.tokenFormat === 'json' || (quirks.tokenFormat !== 'form' && situation.asksForJson);
  if (isJson) return Response.json(shaped, { status: quirks.tokenStatus, headers });
  const form = new URLSearchParams(
    Object.entries(shaped).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return new Response(form.toString(), {
    status: quirks.tokenStatus,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
  });
}
