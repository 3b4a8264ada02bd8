import {
  isIssuedKey,
  isJsonObject,
  type JsonObject,
  looksRandom,
  plain,
  serverIdentity,
  shownUrl,
} from '@mcpass/auth';
import type { OnListing } from '@mcpass/mcp';
import type { Paths } from '@mcpass/node/paths';
import { forgetListings, type ListedArgument, type ListedItem, noteListing } from '@mcpass/node/stores';
import { textOf, textsOf } from '../json-value.js';
import type { ServerAccess } from '../servers/server-access.js';
import { DEFAULT_ACCOUNT } from '../servers/server-state.js';
import { shellWord } from '../terminal/shell-word.js';

/* What a server has shown is noted for completion, which asks nobody. */

type Whose = Pick<ServerAccess, 'server' | 'paths' | 'config'>;

/** What is kept of a list, however long it is. */
const MOST_ITEMS = 300;
const MOST_ARGUMENTS = 30;
const MOST_VALUES = 30;

export interface ListingNotes {
  readonly onListing: OnListing;
  /** Writes down what was listed meanwhile. */
  save(): Promise<void>;
}

export function createListingNotes(whose: Whose): ListingNotes {
  const listed = new Map<Parameters<OnListing>[0], readonly ListedItem[]>();
  return {
    onListing: (what, items) => void listed.set(what, items.slice(0, MOST_ITEMS).flatMap(READERS[what])),
    async save() {
      if (listed.size > 0) await note(whose, Object.fromEntries(listed));
    },
  };
}

/** Somebody has signed in: completion knows the account from now on. */
export async function noteAccount(whose: Whose): Promise<void> {
  await note(whose, {});
}

/** Forgets what one account of a server was shown, or all of them. */
export async function forgetListingsOf(
  { cache }: Pick<Paths, 'cache'>,
  url: string,
  account: string | undefined,
): Promise<void> {
  await forgetListings({ paths: { cache }, server: serverIdentity(url) }, account, Date.now());
}

type Lists = Partial<Readonly<Record<Parameters<OnListing>[0], readonly ListedItem[]>>>;

async function note({ server, paths, config }: Whose, lists: Lists): Promise<void> {
  // That store keeps nothing of anybody, and neither does this.
  if (config.credentialsStore === 'memory') return;
  const { url, account = DEFAULT_ACCOUNT } = server.settings;
  const { resourceTemplates: _, ...own } = lists;
  await noteListing({ paths, server: serverIdentity(url) }, account, own, Date.now());
}

const READERS: Readonly<Record<Parameters<OnListing>[0], (item: JsonObject) => readonly ListedItem[]>> = {
  tools: (tool) => named(tool['name'], tool, schemaArguments(tool['inputSchema'])),
  prompts: (prompt) => named(prompt['name'], prompt, promptArguments(prompt['arguments'])),
  resources: (resource) => named(resource['uri'], resource),
  // To be filled in by somebody first.
  resourceTemplates: () => [],
};

function named(name: unknown, item: JsonObject, list?: readonly ListedArgument[]): readonly ListedItem[] {
  if (typeof name !== 'string' || !isTypeable(name)) return [];
  const says = saysOf(item);
  return [{ name, ...(says !== undefined && { says }), ...(list !== undefined && { arguments: list }) }];
}

/**
 * What a shell takes as one word as it stands, so that nothing that a server calls its tools becomes a command; and no
 * secret by the look of it.
 */
function isTypeable(word: string): boolean {
  const isShort = word.length > 0 && word.length <= 200;
  return (
    isShort && shellWord(word) === word && !word.startsWith('-') && shownUrl(word) === word && !isKey(word)
  );
}

function isKey(word: string): boolean {
  return isIssuedKey(word) || (!word.includes('/') && looksRandom(word));
}

function saysOf(item: JsonObject): string | undefined {
  const text = plain(textOf(item['title']) ?? textOf(item['description']) ?? '', 80);
  return text === '' || text.split(' ').some(isKey) ? undefined : text;
}

function schemaArguments(schema: unknown): readonly ListedArgument[] {
  const properties = isJsonObject(schema) ? schema['properties'] : undefined;
  if (!isJsonObject(schema) || !isJsonObject(properties)) return [];
  const required = textsOf(schema['required']);
  const names = Object.keys(properties).toSorted(
    (one, other) => Number(required.includes(other)) - Number(required.includes(one)),
  );
  return names.slice(0, MOST_ARGUMENTS).flatMap((name) => argument(name, properties[name]));
}

function argument(name: string, schema: unknown): readonly ListedArgument[] {
  if (!isTypeable(name) || /[=:]/.test(name)) return [];
  const property = isJsonObject(schema) ? schema : {};
  const says = saysOf(property);
  const values = valuesOf(property);
  return [{ name, ...(says !== undefined && { says }), ...(values.length > 0 && { values }) }];
}

function valuesOf({ enum: choices, const: only, type }: JsonObject): readonly string[] {
  const list = Array.isArray(choices) ? choices : only === undefined ? [] : [only];
  const all: readonly unknown[] = list.length === 0 && type === 'boolean' ? [true, false] : list;
  return all.slice(0, MOST_VALUES).flatMap((value) => {
    if (typeof value === 'string') return isTypeable(value) ? [`=${value}`] : [];
    return typeof value === 'number' || typeof value === 'boolean' ? [`:=${value}`] : [];
  });
}

function promptArguments(list: unknown): readonly ListedArgument[] {
  if (!Array.isArray(list)) return [];
  return list
    .slice(0, MOST_ARGUMENTS)
    .flatMap((entry) =>
      isJsonObject(entry) && typeof entry['name'] === 'string' ? argument(entry['name'], entry) : [],
    );
}
