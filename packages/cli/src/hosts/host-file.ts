import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isJsonObject, isMcpassError, McpassError, quote } from '@mcpass/auth';
import { changeText, readText } from '@mcpass/node/config';
import { usageError } from '../failure.js';
import { textsOf } from '../json-value.js';
import { bridgesTo, describeEntry, startsMcpass } from './entry.js';
import type { Format } from './formats/format.js';
import { loadFormat } from './formats/load-format.js';
import type { Host, Place, Values } from './host.js';
import { isSame, tableAt, without } from './values.js';

/** A host's file with what it takes to read and edit it. */
export interface HostFile {
  readonly host: Host;
  readonly file: string;
  /** By `--file`. */
  readonly isNamed: boolean;
  readonly format: Format;
}

/** `named` is `--file`. */
export async function openHostFile(host: Host, place: Place, named: string | undefined): Promise<HostFile> {
  const files = host.files(place);
  const file = named ?? files.find((candidate) => existsSync(candidate)) ?? files.at(-1) ?? '';
  return { host, file, isNamed: named !== undefined, format: await loadFormat(host.format) };
}

/** Every file of a host that is there: the one that would be written may have come after another one. */
export async function presentHostFiles(host: Host, place: Place): Promise<readonly HostFile[]> {
  const format = await loadFormat(host.format);
  return host
    .files(place)
    .filter((file) => existsSync(file))
    .map((file) => ({ host, file, isNamed: false, format }));
}

/** What is in the file; an empty table where a host has none yet. Throws `config_invalid`, `usage` for `--file`. */
export function readHostFile({ file, isNamed, format }: HostFile): Values {
  const text = readText(file, { isNamed });
  if (text === undefined && isNamed) throw usageError(`--file: ${file} cannot be read: it does not exist.`);
  return format.parse(file, text ?? '');
}

export interface EditOptions {
  /** The entry's name in the host's file. */
  readonly name: string;
  readonly entry: Values;
  readonly force: boolean;
  readonly lockDirectory: string;
}

export interface EditReport {
  readonly changed: boolean;
  /** Where the file as it was is kept; absent where there was none. */
  readonly backup?: string;
}

/** Puts an entry into the file. Throws `name_in_use`, `config_invalid`. */
export function writeEntry(
  target: HostFile,
  { name, entry, force, lockDirectory }: EditOptions,
): Promise<EditReport> {
  return editHostFile(target, lockDirectory, (text) => {
    const found = entryOf(target, text ?? '', name);
    if (found !== undefined && covers(found, entry)) return undefined;
    if (found !== undefined && !force) throw nameInUse(target, name, found);
    const edited = withEntry(target, text ?? '', name, entry);
    if (edited === undefined) throw cannotEdit(target);
    return { text: edited };
  });
}

/**
 * Takes an entry out again that starts mcpass, or anything else as a bridge to the `server`: where nothing else has changed
 * since, the file is what it was before, to the byte.
 */
export function removeEntry(
  target: HostFile,
  { name, server, force, lockDirectory }: Omit<EditOptions, 'entry'> & { readonly server?: string },
): Promise<EditReport> {
  return editHostFile(target, lockDirectory, (text) => {
    const found = text === undefined ? undefined : entryOf(target, text, name);
    if (text === undefined || found === undefined) return undefined;
    const isOurs = startsMcpass(found) || (server !== undefined && bridgesTo(found, server));
    if (!isOurs && !force) throw notOurs(target, name, found);
    const undone = textBefore(target, text, name, found);
    if (undone !== undefined) return undone;
    const edited = withoutEntry(target, text, name);
    if (edited === undefined) throw cannotEdit(target);
    return { text: edited };
  });
}

interface Edit {
  /** Undefined removes the file. */
  readonly text: string | undefined;
  /** The old text can be had again without a copy: it is a write of ours. */
  readonly isUndo?: true;
}

async function editHostFile(
  { file }: HostFile,
  lockDirectory: string,
  edit: (text: string | undefined) => Edit | undefined,
): Promise<EditReport> {
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
  let report: EditReport = { changed: false };
  await changeText(file, {
    lockDirectory,
    change(text) {
      const edited = edit(text);
      if (edited === undefined) return undefined;
      const keeps = text !== undefined && edited.isUndo !== true;
      const backup = keeps ? { backup: `${file}${BACKUP_MARK}${stamp}` } : {};
      report = { changed: true, ...backup };
      return { text: edited.text, ...backup };
    },
  });
  return report;
}

const BACKUP_MARK = '.mcpass-backup-';
/** How many backups an undo looks at, newest first. */
const BACKUPS = 20;

/** The copies of a file that were laid beside it, newest first. */
export function backupsOf({ file }: HostFile): readonly string[] {
  const directory = dirname(file);
  const prefix = basename(file) + BACKUP_MARK;
  const backups = readdirSync(directory).filter((name) => name.startsWith(prefix));
  return backups
    .toSorted()
    .toReversed()
    .map((name) => join(directory, name));
}

/** What the file was, when the present text is what a write of its entry made of it. */
function textBefore(target: HostFile, text: string, name: string, entry: Values): Edit | undefined {
  for (const backup of backupsOf(target).slice(0, BACKUPS)) {
    const before = readText(backup);
    if (before !== undefined && makes(target, before, text, name, entry))
      return { text: before, isUndo: true };
  }
  // There was no file, then.
  return makes(target, '', text, name, entry) ? { text: undefined, isUndo: true } : undefined;
}

function makes(target: HostFile, before: string, after: string, name: string, entry: Values): boolean {
  try {
    const found = entryOf(target, before, name);
    const isWrite = found === undefined || !covers(found, entry);
    return isWrite && withEntry(target, before, name, entry) === after;
  } catch (thrown) {
    // A backup that cannot be parsed is none of ours.
    if (isMcpassError(thrown)) return false;
    throw thrown;
  }
}

function withEntry(target: HostFile, text: string, name: string, entry: Values): string | undefined {
  const { host, file, format } = target;
  const content = format.parse(file, text);
  const path = host.container(content);
  const table = tableAt(content, path);
  const left = Object.hasOwn(table, name) ? format.remove(text, path, name) : text;
  const edited = left === undefined ? undefined : format.insert(left, path, name, entry);
  return checked(target, edited, { content, path, table: { ...table, [name]: entry } });
}

function withoutEntry(target: HostFile, text: string, name: string): string | undefined {
  const { host, file, format } = target;
  const content = format.parse(file, text);
  const path = host.container(content);
  const { [name]: _, ...table } = tableAt(content, path);
  return checked(target, format.remove(text, path, name), { content, path, table });
}

interface Expected {
  /** What the file says besides. */
  readonly content: Values;
  readonly path: readonly string[];
  readonly table: Values;
}

/** The edited text, if it says what was meant and about everything else what the file said before. */
function checked(
  { file, format }: HostFile,
  edited: string | undefined,
  expected: Expected,
): string | undefined {
  if (edited === undefined) return undefined;
  let content: Values;
  try {
    content = format.parse(file, edited);
  } catch (thrown) {
    if (isMcpassError(thrown)) return undefined;
    throw thrown;
  }
  const { path } = expected;
  const same =
    isSame(tableAt(content, path), expected.table) &&
    isSame(without(content, path), without(expected.content, path));
  return same ? edited : undefined;
}

function entryOf({ host, file, format }: HostFile, text: string, name: string): Values | undefined {
  const content = format.parse(file, text);
  const table = tableAt(content, host.container(content));
  if (!Object.hasOwn(table, name)) return undefined;
  const entry = table[name];
  return isJsonObject(entry) ? entry : {};
}

/** True when an entry says all that ours would; what a person added to it is theirs. */
function covers(found: Values, entry: Values): boolean {
  return Object.entries(entry).every(([key, value]) => {
    const other = found[key];
    if (isJsonObject(value) && isJsonObject(other)) return covers(other, value);
    // A set: which variables are there to be named depends on the terminal.
    if (key === 'env_vars') return textsOf(value).every((name) => textsOf(other).includes(name));
    return isSame(other, value);
  });
}

function nameInUse({ host, file }: HostFile, name: string, found: Values): McpassError {
  return new McpassError(
    'name_in_use',
    `${host.title} has an entry ${quote(name)} already: ${describeEntry(host, found)}.`,
    {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: 'choose another name with --name, or replace it with --force' },
      facts: { place: file },
    },
  );
}

function notOurs({ host, file }: HostFile, name: string, found: Values): McpassError {
  return new McpassError(
    'config_invalid',
    `The entry ${quote(name)} of ${host.title} does not start mcpass: ${describeEntry(host, found)}.`,
    {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: '--force removes it all the same' },
      facts: { place: file },
    },
  );
}

function cannotEdit({ file }: HostFile): McpassError {
  return new McpassError(
    'config_invalid',
    `${file} is written in a way that mcpass does not edit; nothing was changed.`,
    {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: 'edit it yourself' },
      facts: { place: file },
    },
  );
}
