import { objectIn } from '@mcpass/auth';
import { valueAt } from '../message/json-scan.js';
import { createMessage } from '../message/message.js';
import { metaText, MODERN_VERSION } from '../message/meta.js';
import { readPages } from '../message/pages.js';
import { headersOf } from '../message/standard-headers.js';
import { requestWithin } from '../transport/outgoing-request.js';
import type { Transport } from '../transport/transport.js';
import type { HostContext } from './translation.js';

/** Lists the tools once for the headers that they want; the host is not told. */
export async function learnTools(transport: Transport, host: HostContext): Promise<void> {
  await readPages('tools', 'modern', host.startupTimeoutMs, async (cursor) => {
    const rest = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`;
    const params = `{"_meta":${metaText(host.facts())}${rest}}`;
    const message = createMessage('tools/list', params, host.calls.newId());
    const headers = headersOf(message, MODERN_VERSION);
    const answer = await requestWithin(transport, message, host.startupTimeoutMs, host.clock, headers);
    const { bytes, envelope } = host.tools.listed(answer, {
      isModern: true,
      isFirstPage: cursor === undefined,
    });
    // A server that refuses the list has no headers to say.
    const result = envelope.result === undefined ? { tools: [] } : objectIn(valueAt(bytes, envelope.result));
    return { result, bytes: bytes.length };
  });
}
