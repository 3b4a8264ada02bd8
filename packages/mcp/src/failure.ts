import { isMcpassError, plain, quote } from '@mcpass/auth';
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';

import { isTooDeep } from './json-depth.js';
import { isJsonObject } from './json.js';
import { SessionError, type RpcError, type SessionErrorCode } from './session-error.js';

/** Errors that the given `fetch` threw: they are told apart from the SDK's own by identity. */
export type Thrown = WeakSet<object>;

/**
 * What a failure is for whoever called: what the given `fetch` threw as it was, however deep the SDK wrapped it; a
 * `SessionError` for all else. `doing` names the work, for the message: `tools/call`.
 */
export function judgeFailure(failure: unknown, thrown: Thrown, doing: string): Error {
  for (const link of chainOf(failure)) {
    if (thrown.has(link) || isMcpassError(link)) return judgeThrown(link);
  }
  if (failure instanceof SdkHttpError) return judgeStatus(failure, doing);
  if (failure instanceof ProtocolError) return judgeRefusal(failure, doing);
  return judgeSdkError(failure, doing);
}

/** Whether it is an error that the given `fetch` threw and that has to come out as it is. */
export function isPassedOn(failure: unknown, thrown: Thrown): boolean {
  return [...chainOf(failure)].some((link) => thrown.has(link) && judgeThrown(link) === link);
}

/** A JSON-RPC error, as received. */
export function judgeRefusal({ code, message, data }: RpcError, doing: string): SessionError {
  return new SessionError(
    'server_error',
    `The server refused ${doing}: ${quote(message)} (JSON-RPC error ${code}).`,
    { fault: 'server', rpc: { code, message, ...(data === undefined ? {} : { data }) } },
  );
}

/** A JSON-RPC error in the body of a refusal: the modern era answers unknown methods so, with 404. */
export function rpcErrorIn(failure: SdkHttpError): RpcError | undefined {
  const body = failure.data['text'];
  if (typeof body !== 'string') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const error = isJsonObject(parsed) ? parsed['error'] : undefined;
  if (!isJsonObject(error) || typeof error['code'] !== 'number') return undefined;
  const message = typeof error['message'] === 'string' ? error['message'] : '';
  return {
    code: error['code'],
    message,
    ...('data' in error && !isTooDeep(error['data']) ? { data: error['data'] } : {}),
  };
}

/** An error of the given `fetch`: one that only says that the network failed gets a code, any other stays as it is. */
export function judgeThrown(error: Error): Error {
  if (isMcpassError(error)) return error;
  if (error.name === 'AbortError') {
    return new SessionError('interrupted', 'The request was aborted.', { fault: 'yours', cause: error });
  }
  if (error.name === 'TimeoutError') {
    return new SessionError('timeout', 'The request timed out.', { fault: 'network', cause: error });
  }
  const systemCode = systemCodeOf(error);
  if (systemCode === undefined && !(error instanceof TypeError)) return error;
  const code = networkCode(systemCode ?? '');
  const detail = systemCode === undefined ? NO_REASON : plain(systemCode);
  return new SessionError(code, `No answer from the server (${detail}).`, { fault: 'network', cause: error });
}

/**
 * What a `fetch` threw, for those who repeat the words of an error. A TypeError of `fetch` or `Headers` may have the value
 * of a header in them (`Headers.set: "…" is an invalid header value.`), and that may be a secret.
 */
export function withoutWords(error: unknown): unknown {
  if (!(error instanceof TypeError) || HARMLESS.has(error.message)) return error;
  return new TypeError('fetch failed', { cause: error });
}

const HARMLESS: ReadonlySet<string> = new Set(['fetch failed', 'terminated']);
const NO_REASON = 'no reason given';

/** At most ten deep. The SDK keeps causes in `cause`, in `data`, and in `data.cause`. */
function* chainOf(failure: unknown): Generator<Error> {
  let link = failure;
  for (let depth = 0; depth < 10 && link instanceof Error; depth += 1) {
    yield link;
    const data: unknown = 'data' in link ? link.data : undefined;
    link = link.cause ?? (isJsonObject(data) && !(data instanceof Error) ? data['cause'] : data);
  }
}

function judgeStatus(failure: SdkHttpError, doing: string): SessionError {
  const { status } = failure;
  const rpc = rpcErrorIn(failure);
  const said = rpc === undefined ? '' : `: ${quote(rpc.message)}`;
  const code: SessionErrorCode =
    status === 429
      ? 'rate_limited'
      : status === 401 || status === 403
        ? 'forbidden'
        : // An answer that ought to have carried something and did not.
          status < 300
          ? 'answer_invalid'
          : 'server_error';
  return new SessionError(code, `The server answered ${doing} with HTTP ${status}${said}.`, {
    fault: status === 401 || status === 403 ? 'yours' : 'server',
    status,
    cause: failure,
    ...(rpc === undefined ? {} : { rpc }),
  });
}

function judgeSdkError(failure: unknown, doing: string): SessionError {
  if (failure instanceof SdkError) {
    if (failure.code === SdkErrorCode.RequestTimeout) {
      return new SessionError('timeout', `No answer to ${doing} in time.`, {
        fault: 'network',
        cause: failure,
      });
    }
    if (failure.code === SdkErrorCode.ConnectionClosed || failure.code === SdkErrorCode.NotConnected) {
      return new SessionError('connection_lost', `The connection was closed before ${doing} was answered.`, {
        fault: 'network',
        cause: failure,
      });
    }
  }
  // The deepest cause is the one that says what was wrong.
  const root = [...chainOf(failure)].at(-1);
  const detail = root === undefined || root instanceof TypeError ? NO_REASON : quote(root.message, 200);
  return new SessionError('answer_invalid', `The answer to ${doing} is not valid MCP: ${detail}.`, {
    fault: 'server',
    cause: failure,
  });
}

/** Node and undici put the reason of "fetch failed" one or two causes down. */
function systemCodeOf(error: Error): string | undefined {
  for (const link of chainOf(error)) {
    const code: unknown = 'code' in link ? link.code : undefined;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
  }
  return undefined;
}

function networkCode(systemCode: string): SessionErrorCode {
  if (systemCode === 'ENOTFOUND' || systemCode === 'EAI_AGAIN') return 'dns_failed';
  if (['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(systemCode)) return 'connection_lost';
  if (['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'].includes(systemCode)) return 'timeout';
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_/.test(systemCode)) return 'tls_failed';
  return 'connect_failed';
}
