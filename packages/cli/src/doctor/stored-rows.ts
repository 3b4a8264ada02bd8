import {
  type Authorizer,
  clockWasSetBack,
  createAuthorizer,
  createMemoryStore,
  credentialState,
  type CredentialRecord,
  hasRenewal,
  isRenewable,
  isUnattended,
  knownRefusal,
  type McpassError,
  type Ports,
  plain,
  type ServerSettings,
  type Tokens,
  signInMode,
} from '@mcpass/auth';
import type { Notice } from '@mcpass/mcp';
import { systemClock, systemRandom } from '@mcpass/node/fetch';
import type { Deps } from '../deps.js';
import { asMcpassError, remedyWords } from '../failure.js';
import { refreshFacts } from '../servers/refresh-facts.js';
import type { ServerAccess } from '../servers/server-access.js';
import { expiryText, lastSignInText } from '../servers/sign-in-facts.js';
import { overAccess } from '../session/server-session.js';
import { nextCommand, signInCommand } from '../terminal/next-command.js';
import { failedRow, type Row, type RowContext } from './row.js';

/* What is stored, and what the server says of it. Nothing is renewed and nothing written. */

export interface Stored {
  readonly access: ServerAccess;
  readonly record: CredentialRecord | undefined;
  readonly context: RowContext;
}

/** The sign-in that is kept, and whether it can be renewed. */
export function storedRows({ access, record, context }: Stored, nowMs: number): readonly Row[] {
  const {
    name,
    server: { settings },
  } = access;
  const { repeated } = context;
  const credential = { id: 'credential', step: 'credential' } as const;
  const refresh = { id: 'refresh', step: 'refresh' } as const;
  const grant = record?.grant;
  const lastSignIn = lastSignInText(record, nowMs);
  const lastWords = lastSignIn === undefined ? '' : `; the last sign-in was ${lastSignIn}`;
  if (record === undefined || grant === undefined) {
    if (isUnattended(settings) && record?.wantsNoneAtS === undefined) {
      const message = `no token so far: the first use gets one, without a person${lastWords}`;
      return [
        { ...credential, status: 'ok', message },
        { ...refresh, status: 'skip', message: 'there is nothing to renew' },
      ];
    }
    const none =
      record?.wantsNoneAtS === undefined ? 'nobody has signed in yet' : 'it was seen to want no sign-in';
    return [
      { ...credential, status: 'note', message: `${none}${lastWords}`, fix: signInCommand(repeated, name) },
      { ...refresh, status: 'skip', message: 'there is nothing to renew' },
    ];
  }
  const state = credentialState(record, nowMs);
  const message = `from ${plain(grant.issuer, 300)}; expires ${expiryText(record, nowMs)}${lastWords}`;
  const setBack = clockWasSetBack(grant.tokens, nowMs);
  const over = state === 'login_required';
  return [
    over
      ? {
          ...credential,
          status: 'fail',
          message,
          fault: 'yours',
          fix: signInCommand(repeated, name),
          code: 'login_required',
        }
      : { ...credential, status: 'ok', message },
    ...lifeRows(grant.tokens),
    ...(setBack
      ? [
          {
            id: 'clock.set-back',
            step: 'clock',
            status: 'warn',
            message: 'the token was issued in what is the future now: the clock was set back',
            fault: 'yours',
            fix: 'set the clock of this machine (timedatectl set-ntp true)',
          } as const,
        ]
      : []),
    refreshRow({ ...refresh, name, settings }, record, context, nowMs),
  ];
}

/** Seconds; a shorter life means a renewal with nearly every call. */
const SHORT_LIFE_S = 60;

function lifeRows({ obtainedAtS, expiresAtS }: Tokens): readonly Row[] {
  const lifeS = expiresAtS === undefined ? Infinity : expiresAtS - obtainedAtS;
  if (lifeS >= SHORT_LIFE_S) return [];
  return [
    {
      id: 'credential.life',
      step: 'credential',
      status: 'note',
      message: `its tokens live for ${lifeS} s: nearly every call renews`,
      fault: 'server',
      fix: 'issue tokens that live for some minutes',
    },
  ];
}

function refreshRow(
  {
    name,
    settings,
    ...base
  }: {
    readonly id: string;
    readonly step: 'refresh';
    readonly name: string;
    readonly settings: ServerSettings;
  },
  record: CredentialRecord,
  context: RowContext,
  nowMs: number,
): Row {
  const { repeated } = context;
  const facts = refreshFacts(record, nowMs).flatMap(([label, value]) =>
    value === undefined ? [] : [`${label} ${value}`],
  );
  const last = facts.length === 0 ? 'it was never renewed so far' : facts.join('; ');
  if (record.signInNeeded !== undefined) {
    const message = `${plain(record.signInNeeded, 1_000)}; ${last}`;
    return {
      ...base,
      status: 'fail',
      message,
      fault: 'yours',
      fix: signInCommand(repeated, name),
      code: 'login_required',
    };
  }
  if (!hasRenewal(record.grant)) {
    const message = 'no refresh token was given: a person signs in again when the access token ends';
    return { ...base, status: 'note', message, fix: 'offline_access = "always", if the server grants it' };
  }
  const failed = record.lastRefresh !== undefined && record.lastRefresh.outcome !== 'renewed';
  const known = knownRefusal(undefined, record.lastRefresh?.detail, {
    scopeless: settings.refreshScope === undefined,
  });
  return failed
    ? {
        ...base,
        status: 'warn',
        message: last,
        fault: known?.fault ?? 'server',
        fix: known
          ? remedyWords(known.remedy, { ...context, verbose: true }).text
          : nextCommand(repeated, 'doctor', name, '--refresh'),
      }
    : { ...base, status: 'ok', message: `it renews itself; ${last}` };
}

/** The protocol that the server speaks and what it has, with the token that there is. */
export async function sessionRows(
  deps: Deps,
  { access, record, context }: Stored,
  { demanded, patienceMs }: { readonly demanded: boolean; readonly patienceMs: number },
): Promise<readonly Row[]> {
  const { server, name } = access;
  const { repeated } = context;
  const mode = signInMode(server.settings);
  const state = credentialState(record, Date.now());
  const token = state === 'signed_in' ? record?.grant?.tokens.access : undefined;
  const skip = (message: string, fix: string): readonly Row[] =>
    ['protocol', 'session'].map((id) => ({ id, step: 'session', status: 'skip', message, fix }));
  if (mode === 'oauth' && token === undefined) {
    if (state === 'expired')
      return skip(
        'the token has expired, and is renewed at its next use',
        nextCommand(repeated, 'doctor', name, '--refresh'),
      );
    if (demanded)
      return skip(
        isUnattended(server.settings) ? 'that shows only with a token' : 'that shows only after a sign-in',
        nextCommand(repeated, 'doctor', name, '--login'),
      );
  }
  const authorizer = mode === 'oauth' ? asItIs(access, token && record, deps) : access.authorizer;
  const notices: Notice[] = [];
  const began = performance.now();
  const ms = () => Math.round(performance.now() - began);
  const connected = () => notices.find((notice) => notice.type === 'connected');
  const protocol = (): readonly Row[] => {
    const found = connected();
    if (found === undefined) return [];
    const how = found.transport === 'sse' ? 'HTTP+SSE, the transport of 2024-11-05' : 'Streamable HTTP';
    const old = found.transport === 'sse' || found.era === 'legacy';
    const message = `${plain(found.protocolVersion, 80)} (${found.era}), over ${how}`;
    const requirement = 'MCP 2026-07-28, "Versioning": a server of this revision answers server/discover';
    return [
      { id: 'protocol', step: 'session', status: old ? 'note' : 'ok', message, ...(old && { requirement }) },
    ];
  };
  try {
    const tools = await overAccess(
      deps,
      { ...access, authorizer },
      {
        startupTimeoutMs: patienceMs,
        requestTimeoutMs: patienceMs,
        onNotice: (notice) => notices.push(notice),
      },
      (session) => session.listTools(),
    );
    const count = tools.supported ? `${tools.items.length} tools` : 'it offers no tools';
    const withWhat = token === undefined ? '' : 'the server accepts the token: ';
    return [
      ...protocol(),
      { id: 'session', step: 'session', status: 'ok', message: `${withWhat}${count}`, ms: ms() },
      ...oddityRows(notices),
    ];
  } catch (thrown) {
    const error = asMcpassError(thrown);
    const failed = failedRow('session', error, context, ms());
    const stranger = mode === 'oauth' && token === undefined;
    // Let in for the greeting, and for nothing else.
    if (stranger && error.facts['status'] === 401)
      return [
        ...protocol(),
        ...skip(
          'its tools show only after a sign-in',
          nextCommand(repeated, 'doctor', name, '--login'),
        ).slice(1),
      ];
    const row = stranger
      ? strangerRow(failed, error)
      : token === undefined
        ? failed
        : refusedRow(failed, error, { record, name, context, greeted: connected() !== undefined });
    return [...protocol(), row, ...oddityRows(notices)];
  }
}

/** Somebody without a sign-in can have no rights that are too few. */
function strangerRow(row: Row, { code }: McpassError): Row {
  if (code !== 'forbidden') return row;
  return {
    ...row,
    fault: 'server',
    fix: 'ask whoever runs the server: it lets nobody in, or a filter in front of it takes this machine for a robot',
  };
}

/** What a refused token means here, where nothing was done about it. */
function refusedRow(
  row: Row,
  { code, facts }: McpassError,
  {
    record,
    name,
    context,
    greeted,
  }: Pick<Stored, 'record' | 'context'> & { readonly name: string; readonly greeted: boolean },
): Row {
  if (code !== 'token_rejected' && code !== 'login_required' && facts['status'] !== 401) return row;
  const { repeated } = context;
  const renewable = isRenewable(record);
  return {
    ...row,
    step: 'session',
    message: greeted
      ? 'the server takes the token for the greeting, and refuses it for the list of its tools'
      : 'the server refuses the stored token, though it should be good by its lifetime',
    requirement:
      'RFC 6750 section 3.1: a token is refused where it has expired, was revoked or is for somebody else',
    fault: 'server',
    fix: renewable ? nextCommand(repeated, 'doctor', name, '--refresh') : signInCommand(repeated, name),
    code: 'login_required',
  };
}

function oddityRows(notices: readonly Notice[]): readonly Row[] {
  const texts = notices.flatMap((notice) => {
    if (notice.type === 'oddity') return [plain(notice.text, 500)];
    return notice.type === 'tool_dropped'
      ? [`the tool ${plain(notice.tool, 100)} cannot be called: ${plain(notice.reason, 300)}`]
      : [];
  });
  return [...new Set(texts)].slice(0, 20).map((message, index) => ({
    id: `session.${index + 1}`,
    step: 'session',
    status: 'note',
    message,
    fault: 'server',
  }));
}

/** The token as it is, or none: whoever only looks renews nothing and writes nothing. */
function asItIs(
  { server: { settings }, fetch }: ServerAccess,
  record: CredentialRecord | undefined,
  deps: Deps,
): Authorizer {
  const { url, headers, places } = settings;
  const about = { url, ...(headers && { headers }), ...(places && { places }) };
  const ports: Ports = {
    fetch,
    clock: systemClock,
    random: systemRandom,
    store: createMemoryStore(),
    observe: deps.events.observe,
  };
  const { access: token, type } = record?.grant?.tokens ?? {};
  if (record === undefined || token === undefined)
    return createAuthorizer({ settings: { ...about, auth: 'none' }, ports });
  // Of no use without its key, which only the record has.
  if (type === 'DPoP') {
    const held = withoutRenewal(record);
    const store = { ...ports.store, read: () => Promise.resolve(held) };
    return createAuthorizer({ settings: about, stored: record, ports: { ...ports, store } });
  }
  const bearerToken = () => Promise.resolve(token);
  return createAuthorizer({ settings: { ...about, auth: 'bearer', bearerToken }, ports });
}

function withoutRenewal(record: CredentialRecord): CredentialRecord {
  if (record.grant === undefined) return record;
  const { type: _t, tokens, ...grant } = record.grant;
  const { refresh: _r, ...access } = tokens;
  return { ...record, grant: { ...grant, tokens: access } };
}
