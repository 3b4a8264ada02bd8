import { isJsonObject, type JsonObject, type McpassError } from '@mcpass/auth';
import { sessionFailure } from '../failure.js';
import type { Era } from '../transport/transport.js';

/** Most pages of one list that are asked for. */
const MOST_PAGES = 200;

/**
 * All elements of a list, page after page. Throws `answer_invalid` for a page without the list, and for a list that
 * does not end.
 */
export async function readPages(
  key: string,
  era: Era,
  readPage: (cursor: string | undefined) => Promise<JsonObject>,
): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const result = await readPage(cursor);
    const elements = result[key];
    if (!Array.isArray(elements)) throw invalid(`it has no ${key}`);
    items.push(...elements.filter(isJsonObject));
    cursor = nextCursor(result, era);
    // A cursor that was there before leads round in circles.
    if (cursor === undefined || seen.has(cursor)) return items;
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
