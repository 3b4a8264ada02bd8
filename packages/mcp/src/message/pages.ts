import { isJsonObject, type JsonObject, type McpassError } from '@mcpass/auth';
import { sessionFailure } from '../failure.js';
import type { Era } from '../transport/era.js';

/** Most pages of one list that are asked for, and bytes of them. */
const MOST_PAGES = 200;
const MOST_BYTES = 128 * 1024 * 1024;

/** One page of a list, and how many bytes it came in. */
export interface Page {
  readonly result: JsonObject;
  readonly bytes: number;
}

/**
 * All elements of a list, page after page. Throws `answer_invalid` for a page without the list, and for a list that
 * does not end; `answer_too_large`; `timeout` where all of it takes longer than that.
 */
export async function readPages(
  key: string,
  era: Era,
  withinMs: number,
  readPage: (cursor: string | undefined) => Promise<Page>,
): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  const endMs = performance.now() + withinMs;
  let size = 0;
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { result, bytes } = await readPage(cursor);
    size += bytes;
    if (size > MOST_BYTES)
      throw sessionFailure('answer_too_large', "The server's list is larger than 128 MiB.");
    const elements = result[key];
    if (!Array.isArray(elements)) throw invalid(`it has no ${key}`);
    for (const element of elements as readonly unknown[]) if (isJsonObject(element)) items.push(element);
    cursor = nextCursor(result, era);
    // A cursor that was there before leads round in circles.
    if (cursor === undefined || seen.has(cursor)) return items;
    if (performance.now() > endMs) {
      const text = `The server's list does not end in ${withinMs / 1000} s.`;
      throw sessionFailure('timeout', text, { fault: 'network' });
    }
    seen.add(cursor);
  }
  throw invalid(`it does not end after ${MOST_PAGES} pages`);
}

/** The empty string is a cursor since 2026-07-28 ("pagination"); before that, servers send it for the end. */
function nextCursor(result: JsonObject, era: Era): string | undefined {
  const cursor = result['nextCursor'];
  if (typeof cursor !== 'string' || (cursor === '' && era === 'legacy')) return undefined;
  return cursor;
}

function invalid(what: string): McpassError {
  return sessionFailure('answer_invalid', `The server's list cannot be used: ${what}.`);
}
