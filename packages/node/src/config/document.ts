import { McpassError, plain } from '@mcpass/auth';
import { parse, TomlError, type TomlTable } from 'smol-toml';
import { FileRefused, readBounded } from '../stores/files/bounded-file.js';
import type { Origin } from './config.js';
import { configError } from './config-error.js';
import { NESTING_LIMIT, TOO_DEEP, tooDeep } from './nesting.js';
import { type OutlineEntry, outlineToml } from './outline.js';

/** A configuration file that was read and is valid TOML. */
export interface ConfigDocument {
  readonly kind: 'user' | 'project';
  readonly file: string;
  readonly text: string;
  readonly table: TomlTable;
  /** Where a key stands, or the nearest table above it. */
  origin(path: readonly string[]): Origin;
}

/** Bytes of a configuration file, ours or a host's: some hosts keep more than their configuration in it. */
const LIMIT = 64 * 1024 * 1024;
/** Milliseconds that a pipe gets to say its configuration. */
const PATIENCE_MS = 10_000;

export interface ReadTextOptions {
  /** A person named this file, which may be a pipe then: a shell makes one of `<(…)`. */
  readonly isNamed?: boolean;
}

/** Undefined when the file does not exist. Throws `config_invalid`. */
export function readDocument(
  kind: ConfigDocument['kind'],
  file: string,
  options?: ReadTextOptions,
): ConfigDocument | undefined {
  const text = readText(file, options);
  return text === undefined ? undefined : parseDocument(kind, file, text);
}

/**
 * The text of a file, byte order mark and line ends as they are. Undefined when it does not exist. Throws
 * `config_invalid`.
 */
export function readText(file: string, { isNamed = false }: ReadTextOptions = {}): string | undefined {
  let bytes: Buffer | undefined;
  try {
    bytes = readBounded(file, { limit: LIMIT, ...(isNamed && { patienceMs: PATIENCE_MS }) });
  } catch (thrown) {
    if (!(thrown instanceof FileRefused)) throw thrown;
    throw fileError(file, `cannot be read: ${thrown.message}`, thrown.cause);
  }
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fileError(file, 'is not UTF-8 text');
  }
}

/** Throws `config_invalid` with line and column. */
export function parseDocument(kind: ConfigDocument['kind'], file: string, text: string): ConfigDocument {
  const table = parseTable(kind, file, text);
  let entries: readonly OutlineEntry[] | undefined;
  const document: ConfigDocument = {
    kind,
    file,
    text,
    table,
    origin(path) {
      // Only messages and `explain` ask, so a start without them does not pay for it.
      entries ??= outlineToml(text);
      const offset = locate(entries, path);
      return { source: kind, place: file, ...(offset === undefined ? {} : position(text, offset)) };
    },
  };
  const deep = tooDeep(table);
  if (deep !== undefined) throw configError(document.origin(deep), `this is ${TOO_DEEP}.`);
  return document;
}

function parseTable(kind: ConfigDocument['kind'], file: string, text: string): TomlTable {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded', maxDepth: NESTING_LIMIT });
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    // The parser's message goes on with the lines themselves, and those may hold what must not be shown.
    const what = (thrown.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    const origin = { source: kind, place: file, line: thrown.line, column: thrown.column };
    if (what.includes('excessively nested')) throw configError(origin, `this is ${TOO_DEEP}.`);
    throw configError(origin, `this is not TOML: ${plain(what)}.`);
  }
}

function locate(entries: readonly OutlineEntry[], path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const found = entries.find((entry) => startsWith(entry.path, path.slice(0, length)));
    if (found !== undefined) return found.start;
  }
  return undefined;
}

/** True when `path` is `prefix` or lies below it. */
export function startsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((part, index) => path[index] === part);
}

function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

function fileError(file: string, what: string, cause?: unknown): McpassError {
  return new McpassError('config_invalid', `${file} ${what}.`, {
    step: 'config',
    fault: 'yours',
    cause,
    facts: { place: file },
  });
}
