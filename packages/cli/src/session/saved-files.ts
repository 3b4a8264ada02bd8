import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { isJsonObject, type JsonObject, plain } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import type { Input, OptionSpec } from '../command.js';
import { usageError } from '../failure.js';
import { objectsOf, textOf } from '../json-value.js';
import { bytesText } from './content-text.js';

export const OUTPUT: OptionSpec = {
  flags: '-o, --output <path>',
  summary: 'write images, audio and blobs to a file, or into a folder (PATH/, or several)',
  completes: 'file',
};
export const FORCE: OptionSpec = { flags: '--force', summary: 'with -o: also over files that are there' };

/** Where `-o` writes to. */
export interface Output {
  readonly path: string;
  readonly force: boolean;
}

/** As JSON shows it. */
export interface SavedFile {
  readonly path: string;
  readonly mimeType?: string;
  readonly bytes: number;
}

/** What is to become a file. */
export interface Attachment {
  /** As the server calls it, where it does. */
  readonly name: string | undefined;
  readonly kind: string;
  readonly mimeType: string | undefined;
  readonly bytes: Buffer;
}

export function outputOf(input: Input): Output | undefined {
  const path = input.option('output');
  return path === undefined ? undefined : { path, force: input.flag('force') };
}

/** Saves where that is wished, and prints in any case: what cannot be saved must not be lost. */
export async function withSaved(
  attachments: readonly Attachment[],
  output: Output | undefined,
  deps: Deps,
  print: (files: readonly SavedFile[] | undefined) => void,
): Promise<void> {
  if (output === undefined) {
    print(undefined);
    const { io } = deps;
    if (attachments.length > 0 && io.outIsTerminal && !io.json) io.say(KEEP_IT);
    return;
  }
  let saved: readonly SavedFile[] | undefined;
  try {
    saved = await saveFiles(attachments, output, deps);
  } finally {
    print(saved);
  }
}

const KEEP_IT = 'To keep it, run the same command with -o and a file, or a folder (-o DIR/).';

/** Before anything is asked: an answer that cannot be kept would be lost. */
export async function checkOutput(output: Output | undefined, raw: boolean): Promise<void> {
  if (output === undefined) return;
  const { path, force } = output;
  if (raw) throw usageError('-o writes files and --raw to standard output: only one of them.');
  if (path === '-') throw usageError('-o takes a file or a folder; --raw writes to standard output.');
  const kind = await kindOf(path);
  if (kind === 'other' || (kind === 'file' && (path.endsWith('/') || !force))) throw isThere(path);
}

function isThere(path: string): Error {
  return usageError(`${path} is there already.`, {
    do: 'say',
    text: 'name another file or a folder; --force writes over a file',
  });
}

/** The images, audio and blobs of an answer, and with `texts` its resources' texts. */
export function attachmentsOf(
  content: unknown,
  { texts = false }: { readonly texts?: boolean } = {},
): readonly Attachment[] {
  return objectsOf(content).flatMap((block) => {
    const inner = isJsonObject(block['resource']) ? block['resource'] : block;
    const data = textOf(inner['data']) ?? textOf(inner['blob']);
    const text = texts ? textOf(inner['text']) : undefined;
    if (data === undefined && text === undefined) return [];
    return [
      {
        name: nameOf(inner),
        kind: textOf(inner['type']) ?? (data === undefined ? 'text' : 'blob'),
        mimeType: textOf(inner['mimeType']),
        bytes: data === undefined ? Buffer.from(text ?? '') : Buffer.from(data, 'base64'),
      },
    ];
  });
}

function nameOf(block: JsonObject): string | undefined {
  const path = textOf(block['uri'])?.replace(/[?#].*$/s, '');
  return path?.split('/').at(-1) ?? textOf(block['name']);
}

/** Writes each into the folder, or the only one to the file, and says so. Nothing that is there is written over without `force`. */
async function saveFiles(
  attachments: readonly Attachment[],
  { path, force }: Output,
  { io }: Deps,
): Promise<readonly SavedFile[]> {
  if (attachments.length === 0) io.say(`The answer has no image, audio or blob: nothing was written.`);
  const asFolder = path.endsWith('/') || attachments.length > 1 || (await kindOf(path)) === 'folder';
  const taken = new Set<string>();
  const saved: SavedFile[] = [];
  if (attachments.length > 0) {
    if (asFolder && (await kindOf(path)) === 'file') throw isThere(path);
    await mkdir(asFolder ? path : dirname(path), { recursive: true });
  }
  for (const [at, attachment] of attachments.entries()) {
    const { bytes, mimeType } = attachment;
    const names = asFolder ? namesFor(attachment, at + 1) : [path];
    const file = await writeFirst(asFolder ? path : '', names, { bytes, force, taken });
    const known = mimeType === undefined ? undefined : plain(mimeType, 100);
    saved.push({ path: file, ...(known !== undefined && { mimeType: known }), bytes: bytes.length });
    io.say(
      `Wrote ${plain(file, 1_000)} (${known === undefined ? '' : `${known}, `}${bytesText(bytes.length)})`,
    );
  }
  return saved;
}

interface Writing {
  readonly bytes: Buffer;
  readonly force: boolean;
  /** Names of this answer, which are never written over. */
  readonly taken: Set<string>;
}

/** Under the first of the names that is free. */
async function writeFirst(
  folder: string,
  names: Iterable<string>,
  { bytes, force, taken }: Writing,
): Promise<string> {
  let last = folder;
  for (const name of names) {
    const file = folder === '' ? name : join(folder, name);
    last = file;
    // Two names that differ in their case alone are one on some disks.
    if (taken.has(file.toLowerCase())) continue;
    if (!(await write(file, bytes, force))) continue;
    taken.add(file.toLowerCase());
    return file;
  }
  throw isThere(last);
}

/** False where something is there. Whole or not at all, and through no link: the name may be the server's. */
async function write(file: string, bytes: Buffer, force: boolean): Promise<boolean> {
  const place = force ? `${file}.${randomBytes(6).toString('hex')}` : file;
  try {
    await writeFile(place, bytes, { flag: 'wx' });
    if (force) await rename(place, file);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false;
    await rm(place, { force: true });
    throw thrown;
  }
}

/** Names to try for the same file before it is given up. */
const MOST_NAMES = 1_000;

function* namesFor({ name, kind, mimeType }: Attachment, number: number): Iterable<string> {
  const own = safeName(name);
  const [stem, ending] = own === undefined ? [`${safeName(kind) ?? 'blob'}-${number}`, ''] : split(own);
  const known = ending === '' ? endingOf(mimeType) : ending;
  yield `${stem}${known}`;
  for (let again = 2; again < MOST_NAMES; again += 1) yield `${stem}-${again}${known}`;
}

function split(name: string): readonly [stem: string, ending: string] {
  const at = name.lastIndexOf('.');
  return at <= 0 ? [name, ''] : [name.slice(0, at), name.slice(at)];
}

// Names of devices on Windows, with any ending.
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** A name that is one on every system, is not hidden and leads nowhere else; `undefined` where nothing is left of it. */
export function safeName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const letters = decoded(name)
    .split(/[\\/]/)
    .at(-1)
    ?.normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '_')
    .replace(/^[._-]+|[._]+$/g, '');
  if (letters === undefined || letters === '') return undefined;
  // 255 bytes are the limit of most disks, and a character has up to four.
  const [stem, ending] = split(letters);
  const short = `${[...stem].slice(0, 50).join('')}${[...ending].slice(0, 12).join('')}`;
  return DEVICES.test(short) ? `_${short}` : short;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'audio/x-wav': 'wav',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'application/gzip': 'gz',
};

function endingOf(mimeType: string | undefined): string {
  const type = mimeType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const own = Object.hasOwn(ENDINGS, type) ? ENDINGS[type] : undefined;
  const subtype = own ?? type.split('/')[1] ?? '';
  return /^[a-z\d]{1,5}$/.test(subtype) ? `.${subtype}` : '.bin';
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'other' | undefined> {
  const stats = await stat(path).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (stats === undefined) return undefined;
  return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other';
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
