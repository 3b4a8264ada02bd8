import type { Desk } from './desk.js';
import type { HostFacts } from './host-facts.js';
import { findMember, stringAt } from './json-scan.js';
import type { Link } from './link.js';
import { META, MODERN_VERSION } from './meta.js';
import { headersOf } from './modern-headers.js';
import { createMessage, request } from './sent.js';

/** Pages of tools that are looked through. */
const PAGE_LIMIT = 50;

/** `_meta` of a request of our own, on behalf of the host; JSON text. */
export function metaText(host: HostFacts, logLevel?: string): string {
  return JSON.stringify({
    [META.version]: MODERN_VERSION,
    [META.clientInfo]: Object.keys(host.info).length > 0 ? host.info : undefined,
    [META.capabilities]: host.capabilities,
    [META.logLevel]: logLevel,
  });
}

/** Lists the tools once for the headers that they want; the host is not told. */
export async function learnTools(
  link: Link,
  desk: Pick<Desk, 'tools' | 'newId' | 'startupTimeoutMs'>,
  host: HostFacts,
): Promise<void> {
  let cursor: string | undefined;
  const signal = AbortSignal.timeout(desk.startupTimeoutMs);
  for (let page = 0; page < PAGE_LIMIT; page += 1) {
    const rest = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`;
    const message = createMessage('tools/list', `{"_meta":${metaText(host)}${rest}}`, desk.newId());
    const answer = await request(link, message, { headers: headersOf(message, MODERN_VERSION), signal });
    desk.tools.listed(answer, true);
    cursor = stringAt(answer.bytes, findMember(answer.bytes, answer.envelope.result, 'nextCursor'));
    if (cursor === undefined) return;
  }
}
