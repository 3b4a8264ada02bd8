import type { Message } from './envelope.js';
import { findMember, isObjectAt, stringAt } from './json-scan.js';
import { versionOf } from './meta.js';
import { encodeHeaderValue } from './tool-headers.js';

/** The member of `params` that `Mcp-Name` mirrors, by method. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/** The name or address that a request is about; undefined where it has none. */
export function nameIn({ bytes, envelope }: Message): string | undefined {
  const member = NAMED.get(envelope.method);
  if (member === undefined || !isObjectAt(bytes, envelope.params)) return undefined;
  return stringAt(bytes, findMember(bytes, envelope.params, member));
}

/** What a modern request says in headers too (2026-07-28 transports/streamable-http, "Standard Request Headers"). */
export function headersOf(message: Message, fallbackVersion: string): Record<string, string> {
  const name = nameIn(message);
  return {
    'mcp-protocol-version': versionOf(message) ?? fallbackVersion,
    'mcp-method': encodeHeaderValue(message.envelope.method),
    ...(name !== undefined && { 'mcp-name': encodeHeaderValue(name) }),
  };
}
