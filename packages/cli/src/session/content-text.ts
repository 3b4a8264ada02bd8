import { isJsonObject, type JsonObject, plain } from '@mcpass/auth';
import type { Io } from '../terminal/io.js';
import { objectsOf, textOf } from '../json-value.js';

/** Prints what a tool or a prompt answered: texts as texts, everything else described in a line. */
export function printContent(io: Io, content: unknown): void {
  for (const block of objectsOf(content)) printBlock(io, block);
}

function printBlock(io: Io, block: JsonObject): void {
  switch (block['type']) {
    case 'text':
      return printText(io, textOf(block['text']) ?? '');
    case 'image':
    case 'audio':
      return io.out(`[${block['type']} ${mimeText(block)}, ${sizeText(block['data'])}]`);
    case 'resource':
      return isJsonObject(block['resource']) ? printResource(io, block['resource']) : undefined;
    case 'resource_link':
      return io.out(`[resource ${plain(textOf(block['uri']) ?? '', 1_000)}${nameText(block)}]`);
    default:
      return io.out(`[${plain(textOf(block['type']) ?? 'content')}]`);
  }
}

/** The contents of a resource: text as text, bytes described. */
export function printResource(io: Io, contents: JsonObject): void {
  const text = textOf(contents['text']);
  if (text !== undefined) return printText(io, text);
  const uri = plain(textOf(contents['uri']) ?? '', 1_000);
  io.out(`[blob ${uri} ${mimeText(contents)}, ${sizeText(contents['blob'])}]`);
}

/** As it came for a program; made harmless for a terminal. */
export function printText(io: Io, text: string): void {
  io.outText(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** The exact bytes of a result's texts and blobs, one after the other. */
export function printRaw(io: Io, content: unknown): void {
  for (const block of objectsOf(content)) {
    const inner = isJsonObject(block['resource']) ? block['resource'] : block;
    const text = textOf(inner['text']);
    const data = textOf(inner['data']) ?? textOf(inner['blob']);
    if (text !== undefined) io.outRaw(text);
    else if (data !== undefined) io.outRaw(Buffer.from(data, 'base64'));
  }
}

function mimeText(block: JsonObject): string {
  return plain(textOf(block['mimeType']) ?? 'of unknown type', 100);
}

function nameText(block: JsonObject): string {
  const name = textOf(block['title']) ?? textOf(block['name']);
  return name === undefined ? '' : ` "${plain(name, 100)}"`;
}

function sizeText(data: unknown): string {
  return bytesText(typeof data === 'string' ? Math.floor((data.replace(/=+$/, '').length * 3) / 4) : 0);
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
