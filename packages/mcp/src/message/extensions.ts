import { type JsonObject, objectIn } from '@mcpass/auth';
import type { Message } from './envelope.js';
import { findMember, isObjectAt, valueAt } from './json-scan.js';
import { messageOf } from './message.js';
import { insertMembers, replaceValue, splice } from './splice.js';

/** The capability that names MCP extensions, each without settings. */
export function extensionsCapability(identifiers: readonly string[] = []): JsonObject {
  if (identifiers.length === 0) return {};
  return { extensions: Object.fromEntries(identifiers.map((identifier) => [identifier, {}])) };
}

/** A host's `initialize` with the extensions besides that are used on its behalf; itself where there are none. */
export function declareExtensions(initialize: Message, identifiers: readonly string[]): Message {
  const { bytes, envelope } = initialize;
  if (identifiers.length === 0 || !isObjectAt(bytes, envelope.params)) return initialize;
  const place = findMember(bytes, envelope.params, 'capabilities');
  const capabilities = objectIn(valueAt(bytes, place));
  const declared = extensionsCapability(identifiers)['extensions'];
  const extensions = { ...objectIn(declared), ...objectIn(capabilities['extensions']) };
  const text = JSON.stringify({ ...capabilities, extensions });
  const edit =
    place === undefined
      ? insertMembers(bytes, envelope.params.start, `"capabilities":${text}`)
      : replaceValue(place, text);
  return messageOf(splice(bytes, [edit]));
}
