import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, parseJsonObject } from '@mcpass/auth';
import type { Paths } from '../paths.js';
import { readBounded } from './files/bounded-file.js';
import { openDraft } from './files/draft.js';
import { makePrivateDirectory } from './files/private-directory.js';
import { deleteFile, listingDirectory } from './store-places.js';

/*
 * What a server listed when it was last talked to, by account, for those who may not ask it: completion. It can be fetched
 * again, so nothing about it is ever an error; and it holds names, never what is behind them.
 */

/** Something that a server has, by the word that names it on a command line. */
export interface ListedItem {
  readonly name: string;
  /** What it says about itself, in a few words. */
  readonly says?: string;
  readonly arguments?: readonly ListedArgument[];
}

export interface ListedArgument {
  readonly name: string;
  readonly says?: string;
  /** What it may be, as it is typed behind its name: `="open"`, `:=true`. */
  readonly values?: readonly string[];
}

const KINDS = ['tools', 'resources', 'prompts'] as const;
export type ListedKind = (typeof KINDS)[number];

/** One list, and when it was shown. */
export interface Listed {
  readonly atS: number;
  readonly items: readonly ListedItem[];
}

export type AccountListing = { readonly account: string; readonly atS: number } & {
  readonly [Kind in ListedKind]?: Listed;
};

/** Whose: the canonical identity of a server (`serverIdentity`). Its address is not written down: it may have a secret in it. */
export interface ListingsOf {
  readonly paths: Pick<Paths, 'cache'>;
  readonly server: string;
}

/** Older listings are none. */
export const LISTING_DAYS = 7;
const AGE_S = LISTING_DAYS * 86_400;
/** Seconds for which the same list need not be written again. */
const FRESH_S = 3_600;
const VERSION = 1;
const LIMIT = 512 * 1024;
/** Accounts of one server. */
const MOST_ACCOUNTS = 20;

function fileOf({ paths, server }: ListingsOf): string {
  const name = createHash('sha256').update(server).digest('hex');
  return join(listingDirectory(paths.cache), `${name}.json`);
}

/** Those that are not too old; none where nothing can be read. */
export function readListings(of: ListingsOf, nowMs: number): readonly AccountListing[] {
  const nowS = nowMs / 1000;
  const isFresh = (value: unknown): value is JsonObject & { readonly atS: number } =>
    isJsonObject(value) &&
    typeof value['atS'] === 'number' &&
    value['atS'] <= nowS &&
    nowS - value['atS'] < AGE_S;
  try {
    const bytes = readBounded(fileOf(of), { limit: LIMIT, isOurs: true });
    const json = bytes === undefined ? undefined : parseJsonObject(bytes.toString('utf8'));
    if (json?.['version'] !== VERSION || !Array.isArray(json['accounts'])) return [];
    return json['accounts'].filter(isFresh).flatMap((entry) => {
      const { account, atS } = entry;
      const lists = KINDS.map((kind) => [kind, entry[kind]] as const).filter(([, list]) => isFresh(list));
      return typeof account === 'string' ? [{ account, atS, ...Object.fromEntries(lists) }] : [];
    });
  } catch {
    return [];
  }
}

/** Notes what an account was shown; without a list, that there is such an account. Best effort. */
export async function noteListing(
  of: ListingsOf,
  account: string,
  shown: Partial<Readonly<Record<ListedKind, readonly ListedItem[]>>>,
  nowMs: number,
): Promise<void> {
  const known = readListings(of, nowMs);
  const before = known.find((listing) => listing.account === account);
  const atS = Math.floor(nowMs / 1000);
  const lists = KINDS.flatMap((kind) => {
    const items = shown[kind];
    return items === undefined ? [] : [[kind, { atS, items }] as const];
  });
  const isKnown = lists.every(([kind, { items }]) => {
    const old = before?.[kind];
    return old !== undefined && atS - old.atS < FRESH_S && isDeepStrictEqual(old.items, items);
  });
  if (before !== undefined && isKnown) return;
  const others = known.filter((listing) => listing.account !== account);
  await write(
    of,
    [{ ...before, account, atS, ...Object.fromEntries(lists) }, ...others].slice(0, MOST_ACCOUNTS),
  );
}

async function write(of: ListingsOf, accounts: readonly AccountListing[]): Promise<void> {
  const text = `${JSON.stringify({ version: VERSION, accounts })}\n`;
  try {
    if (text.length > LIMIT / 4) return;
    await makePrivateDirectory(listingDirectory(of.paths.cache));
    const draft = await openDraft(fileOf(of), { mode: 0o600 });
    await draft.commit(text);
  } catch {
    // The next one tries again.
  }
}

/** Forgets what an account was shown, or all of them. Best effort. */
export async function forgetListings(
  of: ListingsOf,
  account: string | undefined,
  nowMs: number,
): Promise<void> {
  const known = readListings(of, nowMs);
  const left = account === undefined ? [] : known.filter((listing) => listing.account !== account);
  if (left.length > 0) return write(of, left);
  await deleteFile(fileOf(of)).catch(() => undefined);
}
