import { findMcpassError } from '@mcpass/auth';
import {
  acknowledge,
  type Call,
  errorMessage,
  type HostContext,
  type HostFacts,
  type Message,
  messageOf,
  paramOf,
  replaceValue,
  RPC,
  splice,
  takesAddresses,
  visitMembers,
  wordsOf,
} from '@mcpass/mcp/parts';
import { ownGreeting } from './own-greeting.js';
import type { SignInGate } from './sign-in-gate.js';

export interface SignInRefusal {
  readonly call: Call;
  readonly thrown: unknown;
  readonly gate: SignInGate;
  readonly host: HostContext;
  readonly name: string;
  readonly version: string;
}

/** Requests that may end with a question (2026-07-28 basic/patterns/mrtr, "Supported Requests"). */
const ASKING = new Set(['tools/call', 'prompts/get', 'resources/read']);
/** The revision in which the error for URL elicitation exists. */
const URL_ERROR_VERSION = '2025-11-25';

/**
 * Answers a call that needs a sign-in: at once, with the command that signs in, or with the address where the host can
 * show one. A subscription waits instead: it is what will bring the news.
 */
export async function refuseForSignIn({
  call,
  thrown,
  gate,
  host,
  name,
  version,
}: SignInRefusal): Promise<void> {
  const command = gate.commandFor(thrown);
  const text = `${name}: ${wordsOf(thrown)} Run: ${command}`;
  const facts = host.facts();
  if (call.method === 'subscriptions/listen') return acknowledge(call, host.tell);
  if (call.method === 'server/discover') return call.complete(ownGreeting(facts, name, version, text));
  if (ASKING.has(call.method) && takesAddresses(facts)) {
    const url = await gate.address();
    if (call.settled) return;
    if (url !== undefined) return offer(call, facts, { url, text });
  }
  const data = { ...findMcpassError(thrown)?.toJSON(), command };
  host.log(`${call.method}: refused until the sign-in`);
  call.answer(messageOf(errorMessage(call.id, RPC.internal, text, data)));
}

function offer(
  call: Call,
  host: HostFacts,
  { url, text }: { readonly url: string; readonly text: string },
): void {
  const params = { mode: 'url', message: text, url };
  if (host.era === 'modern') {
    const inputRequests = { sign_in: { method: 'elicitation/create', params } };
    return call.complete(
      JSON.stringify({ resultType: 'input_required', inputRequests, requestState: STATE }),
    );
  }
  const elicitations = [{ ...params, elicitationId: `sign-in-${call.id.replaceAll('"', '')}` }];
  if (host.version < URL_ERROR_VERSION) {
    return call.answer(messageOf(errorMessage(call.id, RPC.internal, `${text} Or open: ${url}`)));
  }
  call.answer(messageOf(errorMessage(call.id, RPC.urlElicitation, text, { elicitations })));
}

/** What is given to a host with the question; it brings it back with the call that is to go on. */
const STATE = 'mcpass-sign-in';
const STATE_BYTES = Buffer.from(STATE);

/** The call as it was before a sign-in was asked for; undefined for one that no sign-in interrupted. */
export function withoutSignIn(message: Message): Message | undefined {
  const { bytes, envelope } = message;
  if (envelope.params === undefined || !bytes.includes(STATE_BYTES)) return undefined;
  if (paramOf(message, 'requestState') !== STATE) return undefined;
  const rest: string[] = [];
  visitMembers(bytes, envelope.params.start, (key, start, end) => {
    if (key === 'inputResponses' || key === 'requestState') return;
    rest.push(`${JSON.stringify(key)}:${bytes.toString('utf8', start, end)}`);
  });
  return messageOf(splice(bytes, [replaceValue(envelope.params, `{${rest.join(',')}}`)]));
}
