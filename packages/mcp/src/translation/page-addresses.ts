import { findMcpassError, isJsonObject, judgePageAddress, type JsonObject, objectIn } from '@mcpass/auth';
import type { Message } from '../message/envelope.js';
import { valueAt } from '../message/json-scan.js';
import { isTooDeep } from '../message/json-depth.js';
import { messageOf } from '../message/message.js';
import { errorMessage, RPC } from '../message/rpc.js';
import { replaceValue, splice } from '../message/splice.js';
import { inputRequestsIn } from './input-required.js';

/* What a server wants a person to open (2025-11-25 and 2026-07-28 client/elicitation, "URL Mode"): judged before any host is
   shown it, and shown as it was judged. */

/** The result of an `elicitation/create` that nobody was shown; JSON text. */
export const DECLINED = '{"action":"decline"}';

export type JudgedQuestion =
  /** As a host may see it. `changed`: not as it came. */
  { readonly params: JsonObject; readonly changed: boolean } | { readonly refusal: string };

/** The parameters of a request of the server as a host may see them. `params` is undefined for what cannot be read. */
export function judgeQuestion(method: string, params: unknown, server: URL): JudgedQuestion {
  if (method !== 'elicitation/create') return { params: objectIn(params), changed: false };
  if (!isJsonObject(params) || isTooDeep(params)) return { refusal: 'The question cannot be read.' };
  const names = Object.keys(params).filter((name) => name.toLowerCase() === 'url');
  if (names.length === 0) return { params, changed: false };
  // Some readers of JSON do not tell the case of a name.
  if (names.length > 1 || names[0] !== 'url') return { refusal: 'The question has two addresses.' };
  try {
    const { href } = judgePageAddress(String(params['url']), server);
    return { params: { ...params, url: href }, changed: true };
  } catch (thrown) {
    return { refusal: findMcpassError(thrown)?.message ?? 'The address cannot be read.' };
  }
}

/** An answer of the server as a host may see it, or an error in its place where it leads to an address that is not to be opened. */
export function judgeAnswer(answer: Message, server: URL): Message {
  const { error } = answer.envelope;
  return error === undefined ? judgeInputRequests(answer, server) : judgeUrlError(answer, error, server);
}

/** A result of 2026-07-28 that asks for input. */
function judgeInputRequests(answer: Message, server: URL): Message {
  const requests = inputRequestsIn(answer);
  if (requests === undefined) return answer;
  if (requests === 'unreadable') return refused(answer, 'What the server asks for cannot be read.');
  const judged: Record<string, unknown> = {};
  let hasChanged = false;
  for (const [key, request] of Object.entries(requests)) {
    const { method, params } = objectIn(request);
    const verdict = judgeQuestion(String(method), params, server);
    if ('refusal' in verdict) return refused(answer, verdict.refusal);
    hasChanged ||= verdict.changed;
    judged[key] = { ...objectIn(request), ...(isJsonObject(params) && { params: verdict.params }) };
  }
  return hasChanged ? withMember(answer, 'result', 'inputRequests', judged) : answer;
}

/** The error of 2025-11-25 that says which addresses have to be opened first. */
function judgeUrlError(
  answer: Message,
  error: { readonly start: number; readonly end: number },
  server: URL,
): Message {
  const { code, data } = objectIn(valueAt(answer.bytes, error));
  const { elicitations } = objectIn(data);
  if (code !== RPC.urlElicitation || !Array.isArray(elicitations)) return answer;
  const judged: JsonObject[] = [];
  for (const question of elicitations.map(objectIn)) {
    const verdict = judgeQuestion('elicitation/create', question, server);
    if ('refusal' in verdict) return refused(answer, verdict.refusal);
    judged.push(verdict.params);
  }
  return withMember(answer, 'error', 'data', { ...objectIn(data), elicitations: judged });
}

function withMember(answer: Message, part: 'result' | 'error', name: string, value: unknown): Message {
  const span = answer.envelope[part];
  if (span === undefined) return answer;
  const whole = { ...objectIn(valueAt(answer.bytes, span)), [name]: value };
  if (isTooDeep(whole)) return refused(answer, 'What the server asks for is nested too deeply.');
  const text = JSON.stringify(whole);
  return messageOf(splice(answer.bytes, [replaceValue(span, text)]));
}

function refused({ envelope }: Message, refusal: string): Message {
  return messageOf(errorMessage(envelope.id ?? 'null', RPC.internal, refusal));
}
