import { type JsonObject, objectIn } from '@mcpass/auth';
import type { Message } from './envelope.js';
import { findMember, isObjectAt, type Span, stringAt, valueAt } from './json-scan.js';

/** The first revision without a handshake. */
export const MODERN_VERSION = '2026-07-28';

/** Revisions with a handshake, newest first. */
export const LEGACY_VERSIONS: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

/** Reserved keys of `_meta` (2026-07-28 basic, "General fields"). */
export const META = {
  version: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscription: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** The place of `params._meta`. */
export function metaSpan({ bytes, envelope }: Message): Span | undefined {
  const span = isObjectAt(bytes, envelope.params) ? findMember(bytes, envelope.params, '_meta') : undefined;
  return isObjectAt(bytes, span) ? span : undefined;
}

/** The revision that a message says it is written in; undefined in the legacy era. */
export function versionOf(message: Message): string | undefined {
  return stringAt(message.bytes, findMember(message.bytes, metaSpan(message), META.version));
}

/** What a modern request says about its client. */
export function clientOf(message: Message): {
  info: JsonObject;
  capabilities: JsonObject;
  logLevel: unknown;
} {
  const fields = objectIn(valueAt(message.bytes, metaSpan(message)));
  return {
    info: objectIn(fields[META.clientInfo]),
    capabilities: objectIn(fields[META.capabilities]),
    logLevel: fields[META.logLevel],
  };
}

/** A member of `params`, parsed. */
export function paramOf({ bytes, envelope }: Message, name: string): unknown {
  return isObjectAt(bytes, envelope.params)
    ? valueAt(bytes, findMember(bytes, envelope.params, name))
    : undefined;
}

/** `params` parsed; empty where there are none. */
export function paramsOf({ bytes, envelope }: Message): JsonObject {
  return objectIn(valueAt(bytes, envelope.params));
}

/** `_meta` of a request on behalf of a client; JSON text. */
export function metaText(
  client: { readonly info: JsonObject; readonly capabilities: JsonObject },
  logLevel?: string,
): string {
  return JSON.stringify({
    [META.version]: MODERN_VERSION,
    [META.clientInfo]: Object.keys(client.info).length > 0 ? client.info : undefined,
    [META.capabilities]: client.capabilities,
    [META.logLevel]: logLevel,
  });
}
