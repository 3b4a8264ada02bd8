import { findMember, stringAt } from '../message/json-scan.js';
import { createMessage } from '../message/message.js';
import { metaText, MODERN_VERSION } from '../message/meta.js';
import { headersOf } from '../message/standard-headers.js';
import { request } from '../transport/outgoing-request.js';
import type { Transport } from '../transport/transport.js';
import type { HostContext } from './translation.js';

/** Pages of tools that are looked through. */
const PAGE_LIMIT = 50;

/** Lists the tools once for the headers that they want; the host is not told. */
export async function learnTools(transport: Transport, host: HostContext): Promise<void> {
  let cursor: string | undefined;
  const signal = AbortSignal.timeout(host.startupTimeoutMs);
  for (let page = 0; page < PAGE_LIMIT; page += 1) {
    const rest = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`;
    const params = `{"_meta":${metaText(host.facts())}${rest}}`;
    const message = createMessage('tools/list', params, host.calls.newId());
    const answer = await request(transport, message, { headers: headersOf(message, MODERN_VERSION), signal });
    host.tools.listed(answer, true);
    cursor = stringAt(answer.bytes, findMember(answer.bytes, answer.envelope.result, 'nextCursor'));
    if (cursor === undefined) return;
  }
}
