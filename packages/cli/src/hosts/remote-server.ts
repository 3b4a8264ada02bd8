import { isJsonObject, isMcpassError, isSecretName, parseServerUrl, plain } from '@mcpass/auth';
import type { ServerKeys } from '@mcpass/node/config';
import { textOf, textsOf } from '../json-value.js';
import { clientPart } from './client-part.js';
import { programsOf, variablesOf } from './command-words.js';
import { hasOddUrl, type NamedEntry, startsMcpass, urlOf } from './entry.js';
import { headersPart } from './headers-part.js';
import { BRACED, type Host, type Values } from './host.js';
import { NOTHING, type Notation, type Part } from './part.js';
import { findProxy } from './stdio-proxies.js';
import type { StdioProxy } from './stdio-proxy.js';

/** A remote server of a host, in the keys of our configuration. */
export interface RemoteServer {
  readonly name: string;
  readonly keys: ServerKeys & { readonly url: string };
  /** What the host knows and our configuration does not get, and what to do about it. */
  readonly leftOut: readonly string[];
  /** Headers that may be secrets: only a person can say. */
  readonly doubts?: Readonly<Record<string, string>>;
  /** Why it cannot be taken over at all. */
  readonly problem?: string;
}

/** Undefined for a server that is no remote one, and for one that goes through mcpass already. */
export function readRemoteServer(
  host: Host,
  { name, entry, isShadowed }: NamedEntry,
): RemoteServer | undefined {
  if (startsMcpass(entry)) return undefined;
  const own = urlOf(host, entry);
  const found = own === undefined ? findProxy(programsOf(entry)) : undefined;
  const written = own ?? found?.proxy.url;
  if (written === undefined) {
    return hasOddUrl(host, entry)
      ? { name, keys: { url: '' }, leftOut: [], problem: 'its URL is no text' }
      : undefined;
  }
  const notation = notationOf(host, entry, found?.variables);
  const url = notation.fill(written.trim());
  const parts = found === undefined ? entryParts(host, entry, notation) : proxyParts(found.proxy, notation);
  const off = entry['enabled'] === false || entry['disabled'] === true;
  const problem = isShadowed === true ? SHADOWED : judgeUrl(url, host.reference);
  const doubts = Object.assign({}, ...parts.map((part) => part.doubts)) as Record<string, string>;
  return {
    name,
    keys: Object.assign(
      { url },
      ...parts.map(({ keys }) => keys),
      off ? { enabled: false } : {},
    ) as RemoteServer['keys'],
    leftOut: parts.flatMap(({ leftOut }) => leftOut),
    ...(Object.keys(doubts).length > 0 && { doubts }),
    ...(problem !== undefined && { problem }),
  };
}

const SHADOWED = 'the one of this name above it counts here';

/** A relaying program fills in variables too, some with what the host sets for it. */
function notationOf(host: Host, entry: Values, ofProxy: Values | undefined): Notation {
  const { reference: own } = host;
  const reference = ofProxy === undefined ? own : new RegExp(`${own.source}|${BRACED.source}`);
  const variables = ofProxy ?? (host.fillsIn === true ? variablesOf(entry) : {});
  const fill = (text: string) =>
    text.replaceAll(new RegExp(reference, 'g'), (written: string, ...groups: unknown[]) => {
      const name = groups.find((group) => typeof group === 'string');
      return textOf(variables[name ?? '']) ?? written;
    });
  return { reference, fill };
}

function entryParts(host: Host, entry: Values, notation: Notation): readonly Part[] {
  const headers = entry['headers'] ?? entry['http_headers'];
  // goose has the client beside the address.
  const { client_id, scopes } = entry;
  const oauth =
    entry['oauth'] ?? entry['auth'] ?? (client_id === undefined ? undefined : { client_id, scopes });
  const helper = entry['headersHelper'] ?? entry['http_headers_helper'];
  return [
    isJsonObject(headers) ? headersPart(headers, notation) : NOTHING,
    isJsonObject(oauth) ? clientPart(oauth, notation, host.redirect) : NOTHING,
    helper === undefined ? NOTHING : { keys: {}, leftOut: ['the program that makes its headers'] },
    signInPart(entry),
    toolsPart(entry),
    secretsPart(host, entry),
    host.format === 'toml' ? ownPart(entry) : NOTHING,
  ];
}

/** Secrets in other places than the headers: in keys of their own, or where the host keeps them. */
function secretsPart(host: Host, entry: Values): Part {
  const keys = Object.keys(entry).filter((key) => /token|secret|password|api_?key/i.test(key));
  const texts = keys.filter((key) => !key.endsWith('_env_var') && textOf(entry[key]) !== undefined);
  const kept = textsOf(entry['env_keys']);
  return {
    keys: {},
    leftOut: [
      ...texts.map((key) => {
        const words = `its ${plain(key, 80)}: put it into a variable and add `;
        return `${words}${/client/i.test(key) ? 'oauth.client_secret_env' : 'bearer_token_env_var'} = "VARIABLE"`;
      }),
      ...kept.map(
        (name) =>
          `the value of ${plain(name, 80)}, which ${host.title} keeps: mcpass needs a variable of that name`,
      ),
    ],
  };
}

function proxyParts(proxy: StdioProxy, notation: Notation): readonly Part[] {
  const { fill } = notation;
  const { clientId, clientSecret, callback, resource, scopes, hiddenTools = [] } = proxy;
  const patterns = hiddenTools.filter((tool) => tool.includes('*'));
  const tools = hiddenTools.filter((tool) => !tool.includes('*'));
  return [
    headersPart(proxy.headers, notation),
    clientPart(
      {
        ...(clientId !== undefined && { client_id: fill(clientId) }),
        ...(clientSecret !== undefined && { client_secret: fill(clientSecret) }),
        scopes,
        callback_port: callback?.port,
      },
      notation,
    ),
    {
      keys: {
        ...(resource !== undefined && { oauth_resource: resource }),
        ...(callback !== undefined && {
          'oauth.callback_host': callback.host,
          'oauth.callback_path': callback.path,
        }),
        ...(tools.length > 0 && { disabled_tools: tools }),
      },
      leftOut: [
        ...patterns.map((pattern) => `the hidden tools ${plain(pattern, 80)}: name each in disabled_tools`),
        ...(proxy.leftOut ?? []),
      ],
    },
  ];
}

/** Gemini CLI's ways to sign in besides OAuth. */
function signInPart(entry: Values): Part {
  const provider = textOf(entry['authProviderType']);
  if (provider === undefined || provider === 'dynamic_discovery') return NOTHING;
  return { keys: {}, leftOut: [`its sign-in by ${plain(provider, 80)}: mcpass signs in with OAuth`] };
}

function toolsPart(entry: Values): Part {
  const enabled = [...textsOf(entry['includeTools']), ...textsOf(entry['available_tools'])];
  const disabled = [...textsOf(entry['excludeTools']), ...textsOf(entry['disabledTools'])];
  return {
    keys: {
      ...(enabled.length > 0 && { enabled_tools: enabled }),
      ...(disabled.length > 0 && { disabled_tools: disabled }),
    },
    leftOut: [],
  };
}

const OWN_TEXTS = ['oauth_resource', 'bearer_token_env_var'] as const;
const OWN_LISTS = ['scopes', 'enabled_tools', 'disabled_tools'] as const;
const OWN_SECONDS = ['startup_timeout_sec', 'tool_timeout_sec'] as const;

/** Keys that Codex and we have in common. */
function ownPart(entry: Values): Part {
  const keys: Record<string, ServerKeys[string]> = {};
  for (const key of OWN_TEXTS) {
    const value = textOf(entry[key]);
    if (value !== undefined) keys[key] = value;
  }
  for (const key of OWN_LISTS) {
    const values = textsOf(entry[key]);
    if (values.length > 0) keys[key] = values;
  }
  for (const key of OWN_SECONDS) {
    const value = entry[key];
    if (typeof value === 'number') keys[key] = value;
  }
  const variables = isJsonObject(entry['env_http_headers']) ? entry['env_http_headers'] : {};
  const named = Object.entries(variables).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  if (named.length > 0) keys['env_http_headers'] = Object.fromEntries(named);
  return { keys, leftOut: [] };
}

/** Notations of variables that no address has for anything else; a bare `$NAME` stands for one in a host only. */
const VARIABLE = /\$\{[^}]*\}?|\{(?:env|file):[^}]*\}|%[A-Za-z_]\w{2,}%|(?<=^https?:\/\/[^/?#]*)\$\w+/;

function judgeUrl(text: string, reference: RegExp): string | undefined {
  if (text === '') return 'it has no URL';
  const variable = (reference.exec(text) ?? VARIABLE.exec(text))?.[0];
  if (variable !== undefined) return `its URL has a variable in it, ${plain(variable, 80)}`;
  if (hasUserInfo(text)) return 'its URL has a user name or password in it';
  try {
    parseServerUrl(text);
  } catch (thrown) {
    // The address stands before it anyway.
    if (isMcpassError(thrown)) return thrown.message.replace(/^"[^"]*"/, 'its URL').replace(/\.$/, '');
    throw thrown;
  }
  const secret = [...new URL(text).searchParams.keys()].find(isSecretName);
  return secret === undefined ? undefined : `its URL has a secret in it (${plain(secret, 80)})`;
}

function hasUserInfo(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && url.username + url.password !== '';
}
