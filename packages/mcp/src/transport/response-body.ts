import type { Readable } from 'node:stream';
import { findMcpassError, type McpassError, networkFailure } from '@mcpass/auth';
import { sessionFailure } from '../failure.js';
import type { BackPressure } from './back-pressure.js';
import { createCollectedBytes } from './collected-bytes.js';

/** Largest message in either direction, in bytes. */
export const MESSAGE_LIMIT: number = 128 * 1024 * 1024;

/** Reads a stream to its end, chunk by chunk. Rejects when it breaks off. */
export function drainBody(body: Readable, onChunk: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    // Somebody has read it already, or it was given up: no event will come.
    if (body.readableEnded || body.destroyed) return resolve();
    body.on('data', (chunk: Buffer | Uint8Array) =>
      onChunk(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    );
    body.once('end', resolve);
    body.once('error', (error) =>
      reject(findMcpassError(error) ?? networkFailure(error, 'the server', 'session')),
    );
    body.once('close', () => {
      if (!body.readableEnded) reject(brokenOff());
    });
  });
}

/** Bytes of a refusal that are read at the most: it is an error, not an answer. */
export const REFUSAL_LIMIT: number = 256 * 1024;

/** The whole body. Throws `answer_too_large`, `connection_lost`. */
export async function readBody(body: Readable, backPressure: BackPressure): Promise<Buffer> {
  const bytes = createCollectedBytes();
  const holding = backPressure.open(body);
  try {
    await drainBody(body, (chunk) => {
      bytes.add(chunk);
      if (bytes.size > MESSAGE_LIMIT) void body.destroy(tooLarge());
      else holding.keep(bytes.size);
    });
  } finally {
    holding.close();
  }
  return bytes.take();
}

/** The beginning of a body as text, for a message; what comes after `limit` bytes, or after `end`, is thrown away. */
export async function readText(body: Readable, limit: number, end?: RegExp): Promise<string> {
  const bytes = createCollectedBytes();
  const timer = setTimeout(() => body.destroy(), TEXT_MS);
  let tail = '';
  try {
    await drainBody(body, (chunk) => {
      bytes.add(chunk);
      const since = tail + chunk.toString('latin1');
      tail = since.slice(-3);
      if (bytes.size > limit || end?.test(since) === true) body.destroy();
    });
  } catch {
    // What came is good enough.
  } finally {
    clearTimeout(timer);
  }
  return bytes.take().toString('utf8', 0, limit);
}

/** Throws a body away that nobody wants: read to its end if that is near, so that the connection can be used again. */
export function discardBody(body: Readable): void {
  let size = 0;
  const stop = (): void => void body.destroy();
  const timer = setTimeout(stop, TEXT_MS);
  timer.unref();
  body.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > REFUSAL_LIMIT) stop();
  });
  body.once('close', () => clearTimeout(timer));
}

/** Milliseconds that the words of a refusal may take. */
const TEXT_MS = 3_000;

export function tooLarge(): McpassError {
  const size = `${MESSAGE_LIMIT / (1024 * 1024)} MiB`;
  return sessionFailure('answer_too_large', `The server sent a message of more than ${size}.`);
}

export function brokenOff(): McpassError {
  return sessionFailure('connection_lost', 'The server ended the connection before it had answered.');
}
