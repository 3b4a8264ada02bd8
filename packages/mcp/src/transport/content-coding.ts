import { type Duplex, pipeline, type Readable } from 'node:stream';
import { sessionFailure } from '../failure.js';

/** What undoes a coding (RFC 9110 section 8.4.1). Loaded when a server uses one although it was asked not to. */
function decoderOf(coding: string): Duplex | undefined {
  const zlib = process.getBuiltinModule('node:zlib');
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
  // An event is handed on when it is there, not when the stream ends.
  const flush = { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH };
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip(flush);
    case 'deflate':
      return zlib.createInflate(flush);
    case 'br':
      return zlib.createBrotliDecompress({
        flush: BROTLI_OPERATION_FLUSH,
        finishFlush: BROTLI_OPERATION_FLUSH,
      });
    default:
      return undefined;
  }
}

/** Codings of one body that are undone: each takes room of its own. */
const MOST_CODINGS = 2;

/** A body as it was before its `Content-Encoding`; as it came where that names none, or one that nobody can undo. */
export function withoutCoding(body: Readable, contentEncoding: string | undefined): Readable {
  if (contentEncoding === undefined) return body;
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MOST_CODINGS) {
    body.destroy(sessionFailure('answer_invalid', `The server coded its answer ${codings.length} times.`));
    return body;
  }
  let plainBody = body;
  // "in the order in which they were applied": undone from the last.
  for (const coding of codings.toReversed()) {
    const decoder = decoderOf(coding);
    if (decoder === undefined) break;
    // Whoever reads it hears of an error; when nobody does, it is no news.
    plainBody = pipeline(plainBody, decoder, () => undefined);
  }
  return plainBody;
}
