import { appendBlock, cutBlocks, parseDocument, type ServerKeys } from '@mcpass/node/config';
import type { Format } from './format.js';

/** Codex's file has the tables of our own, so the editor is the same. */
export const toml: Format = {
  parse: (file, text) => parseDocument('user', file, text).table,
  insert: (text, _, name, entry) => appendBlock(text, name, entry as ServerKeys),
  remove: (text, _, name) => cutBlocks(text, name),
};
