import { configuredHeaders } from '../server/configured-headers.js';
import { judgeEndpoint } from '../server/endpoint-rule.js';
import { type ErrorDetails, isMcpassError, McpassError, type Step } from '../errors.js';
import { networkFailure } from './network-failure.js';
import type { Ports } from '../ports.js';
import type { Proofs } from './proofs.js';
import type { Secret } from '../secret.js';
import { quote } from '../text.js';
import type { ServerSettings } from '../server/settings.js';
import { isRedirect, REDIRECT_LIMIT, shownLocation, staysWithServer } from '../server/redirect.js';
import { withoutQueryValues } from '../server/shown-url.js';

/** Largest body read from anybody, in bytes after decompression. Metadata and token answers are a hundredth of it. */
const BODY_LIMIT = 256 * 1024;
/** Time for one request with its answer, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longest pause before the one repetition, in milliseconds, whatever Retry-After says. */
const PAUSE_LIMIT_MS = 5_000;
const PAUSE_MS = 250;

export interface WireRequest {
  readonly step: Step;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** What led here, for messages: "the resource_metadata of the challenge". */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Each attempt has a fresh proof that this key is ours. */
  readonly proofKey?: Secret | undefined;
  /** Only the status and the headers are wanted: the body may never end. */
  readonly bodyless?: boolean;
  /** May be sent a second time when the first found a server in trouble. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly text: string;
}

/** Sends one bounded request of the sign-in. Throws `McpassError`; an answer with any status is an answer. */
export type Wire = (request: WireRequest) => Promise<WireAnswer>;

interface WireParts {
  readonly server: URL;
  readonly settings: Pick<ServerSettings, 'headers' | 'unsafe'>;
  readonly ports: Pick<Ports, 'fetch' | 'clock' | 'observe'>;
  readonly proofs: Proofs;
}

export function createWire({ server, settings, ports, proofs }: WireParts): Wire {
  const rule = { server, unsafe: settings.unsafe };
  const configured = configuredHeaders(settings);

  async function once(request: WireRequest): Promise<WireAnswer> {
    let url = judgeEndpoint(request.url, request.what, request.step, rule);
    for (let hop = 0; ; hop += 1) {
      const answer = await exchange(request, url);
      const location = isRedirect(answer.status) ? answer.headers.get('location') : null;
      if (location === null) return answer;
      const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
      if (target === undefined || hop >= REDIRECT_LIMIT || !mayFollow(request, answer.status, target)) {
        throw redirectRefused(request, url, location);
      }
      url = judgeEndpoint(target.href, 'redirect', request.step, rule);
    }
  }

  /**
   * A GET is followed, and judged like the first address. Of the POSTs only the one without a secret, step 1, and only to
   * another path of the same server (`/mcp` to `/mcp/`), as the session will follow it, too.
   */
  function mayFollow({ method, bodyless }: WireRequest, status: number, to: URL): boolean {
    return method === 'GET' || (bodyless === true && staysWithServer(to, { status, method, server }));
  }

  async function exchange(request: WireRequest, url: URL): Promise<WireAnswer> {
    const shown = withoutQueryValues(url);
    const { method, step } = request;
    const started = ports.clock.now();
    const deadline = new AbortController();
    const done = new AbortController();
    const abandon = () => deadline.abort(request.signal?.reason);
    request.signal?.addEventListener('abort', abandon, { once: true });
    if (request.signal?.aborted === true) abandon();
    void ports.clock.wait(REQUEST_TIMEOUT_MS, done.signal).then(
      () => deadline.abort(timedOut(url, step)),
      () => undefined,
    );
    ports.observe({ type: 'request', step, method, url: shown });
    try {
      const { proofKey } = request;
      const proof = proofKey && (await proofs.proof(proofKey, { method, url }));
      const response = await ports.fetch(url.href, {
        method,
        // A configured header never goes to another origin than the server's.
        headers: {
          ...(url.origin === server.origin ? configured : undefined),
          ...request.headers,
          ...(proof !== undefined && { dpop: proof }),
        },
        redirect: 'manual',
        signal: deadline.signal,
        ...(request.body !== undefined && { body: request.body }),
      });
      if (proofKey !== undefined) proofs.learn(url, response.headers);
      const text = request.bodyless === true ? '' : await readBounded(response, url, step);
      if (request.bodyless === true) await response.body?.cancel();
      const ms = ports.clock.now() - started;
      ports.observe({ type: 'answer', step, method, url: shown, status: response.status, ms });
      return { status: response.status, headers: response.headers, url: url.href, text };
    } catch (thrown) {
      const error = failure(thrown, url, step, deadline.signal, request.signal);
      const ms = ports.clock.now() - started;
      ports.observe({ type: 'no_answer', step, method, url: shown, code: error.code, ms });
      throw error;
    } finally {
      done.abort();
      request.signal?.removeEventListener('abort', abandon);
    }
  }

  return async (request) => {
    const first = await attempt(() => once(request));
    const repeat = request.repeatable === true && isTrouble(first);
    if (repeat) {
      await ports.clock.wait(pauseMs(first, ports.clock.now()), request.signal).catch((reason: unknown) => {
        throw request.signal?.aborted === true ? abandoned(request.signal, request.step) : reason;
      });
      return once(request);
    }
    if (isMcpassError(first)) throw first;
    return first;
  };
}

async function attempt(run: () => Promise<WireAnswer>): Promise<WireAnswer | McpassError> {
  try {
    return await run();
  } catch (error) {
    if (isMcpassError(error)) return error;
    throw error;
  }
}

/** A server or a way in trouble, which says nothing about what was asked: 429, 5xx, a broken or silent connection. */
export function isTransientStatus(status: number): boolean {
  return status === 429 || status >= 500;
}

/**
 * Pure: the error of an answer that says nothing about what was asked, with the time that the server wishes to be left
 * alone; undefined for any other answer.
 */
export function transientFailure(
  { status, headers }: Pick<WireAnswer, 'status' | 'headers'>,
  message: string,
  details: Pick<ErrorDetails, 'step' | 'facts'>,
  nowMs: number,
): McpassError | undefined {
  if (!isTransientStatus(status)) return undefined;
  const after = retryAfterSeconds(headers, nowMs);
  return new McpassError(status === 429 ? 'rate_limited' : 'server_error', message, {
    ...details,
    fault: 'server',
    remedy: { do: 'retry_later', ...(after !== undefined && { afterSeconds: after }) },
  });
}

function isTrouble(outcome: WireAnswer | McpassError): boolean {
  if (!isMcpassError(outcome)) return isTransientStatus(outcome.status);
  return outcome.code === 'connection_lost' || outcome.code === 'timeout';
}

function pauseMs(outcome: WireAnswer | McpassError, nowMs: number): number {
  const after = isMcpassError(outcome) ? undefined : retryAfterSeconds(outcome.headers, nowMs);
  return Math.min(after === undefined ? PAUSE_MS : after * 1000, PAUSE_LIMIT_MS);
}

/** Retry-After in seconds, given as a number or a date (RFC 9110 section 10.2.3). */
export function retryAfterSeconds(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  // A date of HTTP begins with the day of the week; Date.parse() would take "-5" for one as well.
  const at = /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

function redirectRefused(request: WireRequest, url: URL, location: string): McpassError {
  const why =
    request.method === 'POST'
      ? 'a POST is not sent on'
      : `more than ${REDIRECT_LIMIT} redirects, or to nowhere`;
  const to = shownLocation(url, location);
  return new McpassError('redirect_refused', `${url.host} redirects to ${quote(to, 120)}: ${why}.`, {
    step: request.step,
    fault: 'server',
    facts: { url: withoutQueryValues(url), location: to },
  });
}

function timedOut(url: URL, step: Step): McpassError {
  return new McpassError(
    'timeout',
    `${url.host} did not answer within ${REQUEST_TIMEOUT_MS / 1000} seconds.`,
    {
      step,
      fault: 'network',
      facts: { url: withoutQueryValues(url) },
    },
  );
}

function abandoned({ reason }: AbortSignal, step: Step): McpassError {
  return isMcpassError(reason)
    ? reason
    : new McpassError('interrupted', 'Interrupted.', { step, fault: 'yours' });
}

function failure(
  thrown: unknown,
  url: URL,
  step: Step,
  deadline: AbortSignal,
  caller: AbortSignal | undefined,
): McpassError {
  if (caller?.aborted === true) return abandoned(caller, step);
  if (deadline.aborted && isMcpassError(deadline.reason)) return deadline.reason;
  if (isMcpassError(thrown)) return thrown;
  return networkFailure(thrown, url.href, step);
}

async function readBounded(response: Response, url: URL, step: Step): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > BODY_LIMIT) {
      await reader.cancel();
      throw new McpassError('answer_too_large', `${url.host} sent more than ${BODY_LIMIT / 1024} KiB.`, {
        step,
        fault: 'server',
        facts: { url: withoutQueryValues(url) },
      });
    }
    text += decoder.decode(value, { stream: true });
  }
}
