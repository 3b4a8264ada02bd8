import type { Readable } from 'node:stream';
import { findMcpassError, McpassError, networkFailure } from '@mcpass/auth';
import type { HostOutput } from './host-output.js';

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

/** The whole body. Throws `answer_too_large`, `connection_lost`. */
export async function readBody(body: Readable, { intake }: Pick<HostOutput, 'intake'>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const holding = intake.open(body);
  try {
    await drainBody(body, (chunk) => {
      size += chunk.length;
      if (size > MESSAGE_LIMIT) {
        body.destroy(tooLarge());
        return;
      }
      chunks.push(chunk);
      holding.keep(size);
    });
  } finally {
    holding.close();
  }
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size);
}

/** The beginning of a body as text, for a message; what comes after is thrown away. */
export async function readText(body: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => body.destroy(), TEXT_MS);
  try {
    await drainBody(body, (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) body.destroy();
    });
  } catch {
    // What came is good enough.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8', 0, limit);
}

/** Milliseconds that the words of a refusal may take. */
const TEXT_MS = 3_000;

export function tooLarge(): McpassError {
  const size = `${MESSAGE_LIMIT / (1024 * 1024)} MiB`;
  return new McpassError('answer_too_large', `The server sent a message of more than ${size}.`, {
    step: 'session',
    fault: 'server',
  });
}

export function brokenOff(): McpassError {
  return new McpassError('connection_lost', 'The server ended the connection before it had answered.', {
    step: 'session',
    fault: 'server',
  });
}
