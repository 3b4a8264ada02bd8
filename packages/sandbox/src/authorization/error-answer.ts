import { escapeHtml, htmlAnswer, htmlPage } from '../http/html.js';
import { asRefusal } from '../http/refusal.js';
import type { OAuthError } from './oauth-error.js';
import type { TokenAnswerQuirks } from './token-answer.js';

type Answer = (error: string, description: string, status: number) => Response;

const ANSWERS: Record<TokenAnswerQuirks['tokenErrors'], Answer> = {
  standard: (error, description, status) => errorJson({ error, error_description: description }, status),
  'status-200': (error, description) => errorJson({ error, error_description: description }, 200),
  slack: (error) => errorJson({ ok: false, error }, 200),
  message: (_, description) => errorJson({ message: description }, 422),
  'code-message': (error, message, status) => errorJson({ code: error, message, data: { status } }, status),
  errors: (error, description, status) => errorJson({ errors: [`${error}: ${description}`] }, status),
  html: (error, description, status) =>
    htmlAnswer(htmlPage(error, `<p>${escapeHtml(description)}</p>`), status),
};

/** An error of a direct endpoint: registration, token, revocation. */
export function errorAnswer(
  refusal: OAuthError,
  kind: TokenAnswerQuirks['tokenErrors'] = 'standard',
  text: string = refusal.description,
): Response {
  const answer = ANSWERS[kind](refusal.error, text, refusal.status ?? 400);
  // RFC 6749 section 5.2: a 401 names a scheme.
  if (answer.status === 401) answer.headers.set('www-authenticate', 'Basic realm="token endpoint"');
  return asRefusal(answer, `${refusal.error}: ${refusal.description}`);
}

function errorJson(body: object, status: number): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } });
}
