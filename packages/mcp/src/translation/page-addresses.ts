import { findMcpassError, judgePageAddress } from '@mcpass/auth';
import type { Message } from '../message/envelope.js';
import { isJsonObject, type JsonObject, objectIn } from '../message/json.js';
import { findMember, stringAt, valueAt } from '../message/json-scan.js';
import { messageOf } from '../message/message.js';
import { errorMessage, RPC } from '../message/rpc.js';
import type { HostContext } from './translation.js';

/* What a server wants a person to open (2025-11-25 and 2026-07-28 client/elicitation, "URL Mode"): judged before any host is
   shown it. */

/** The result of an `elicitation/create` that nobody was shown; JSON text. */
export const DECLINED = '{"action":"decline"}';

const INPUT_REQUIRED = Buffer.from('input_required');

/** Why the address in an `elicitation/create` is not to be opened; undefined where nothing speaks against it. */
function refusalOf(params: JsonObject, server: URL): string | undefined {
  if (params['mode'] !== 'url' && params['url'] === undefined) return undefined;
  try {
    judgePageAddress(String(params['url']), server);
    return undefined;
  } catch (thrown) {
    return findMcpassError(thrown)?.message ?? 'The address cannot be read.';
  }
}

/**
 * True for a question of the server that is declined without the host, which hears of it: an `elicitation/create` with an
 * address that is not to be opened.
 */
export function declines(method: string, params: JsonObject, host: HostContext): boolean {
  const reason = method === 'elicitation/create' ? refusalOf(params, host.server) : undefined;
  if (reason !== undefined) host.onDeclined(params, reason);
  return reason !== undefined;
}

/** An answer that asks for something, or an error in its place where it leads to an address that is not to be opened. */
export function withoutUnfitAddresses(answer: Message, server: URL): Message {
  const refusal = questionsIn(answer)
    .map((params) => refusalOf(params, server))
    .find((reason) => reason !== undefined);
  if (refusal === undefined) return answer;
  return messageOf(errorMessage(answer.envelope.id ?? 'null', RPC.internal, refusal));
}

/** The parameters of what is asked in an answer: by an error of 2025-11-25, or by a result of 2026-07-28. */
function questionsIn({ bytes, envelope }: Message): readonly JsonObject[] {
  const { error, result } = envelope;
  if (error !== undefined) {
    const { code, data } = objectIn(valueAt(bytes, error));
    const { elicitations } = objectIn(data);
    if (code !== RPC.urlElicitation || !Array.isArray(elicitations)) return [];
    return elicitations.filter(isJsonObject);
  }
  // Looks for the word before it parses: most answers ask for nothing.
  if (result === undefined || !bytes.includes(INPUT_REQUIRED)) return [];
  if (stringAt(bytes, findMember(bytes, result, 'resultType')) !== 'input_required') return [];
  const requests = objectIn(valueAt(bytes, findMember(bytes, result, 'inputRequests')));
  return Object.values(requests)
    .map(objectIn)
    .filter(({ method }) => method === 'elicitation/create')
    .map(({ params }) => objectIn(params));
}
