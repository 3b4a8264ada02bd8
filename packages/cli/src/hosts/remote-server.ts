import { isJsonObject, isMcpassError, isSecretName, parseServerUrl, plain } from '@mcpass/auth';
import type { ServerKeys } from '@mcpass/node/config';
import { textOf, textsOf } from '../json-value.js';
import { clientPart } from './client-part.js';
import { programsOf } from './command-words.js';
import { hasOddUrl, type NamedEntry, startsMcpass, urlOf } from './entry.js';
import { headersPart } from './headers-part.js';
import { BRACED, type Host, type Values } from './host.js';
import { NOTHING, type Part } from './part.js';
import { findProxy } from './stdio-proxies.js';
import type { StdioProxy } from './stdio-proxy.js';

/** A remote server of a host, in the keys of our configuration. */
export interface RemoteServer {
  readonly name: string;
  readonly keys: ServerKeys & { readonly url: string };
  /** What the host knows and our configuration does not get, and what to do about it. */
  readonly leftOut: readonly string[];
  /** Why it cannot be taken over at all. */
  readonly problem?: string;
}

/** Undefined for a server that is no remote one, and for one that goes through mcpass already. */
export function readRemoteServer(host: Host, { name, entry }: NamedEntry): RemoteServer | undefined {
  if (startsMcpass(entry)) return undefined;
  const found = urlOf(entry) === undefined ? findProxy(programsOf(entry)) : undefined;
  const url = (urlOf(entry) ?? (found && filled(found.proxy.url, found.variables)))?.trim();
  if (url === undefined) {
    return hasOddUrl(entry)
      ? { name, keys: { url: '' }, leftOut: [], problem: 'its URL is no text' }
      : undefined;
  }
  const parts =
    found === undefined ? entryParts(host, entry) : proxyParts(host, found.proxy, found.variables);
  const off = entry['enabled'] === false || entry['disabled'] === true;
  const problem = judgeUrl(url);
  return {
    name,
    keys: Object.assign(
      { url },
      ...parts.map(({ keys }) => keys),
      off ? { enabled: false } : {},
    ) as RemoteServer['keys'],
    leftOut: parts.flatMap(({ leftOut }) => leftOut),
    ...(problem !== undefined && { problem }),
  };
}

function entryParts(host: Host, entry: Values): readonly Part[] {
  const headers = entry['headers'] ?? entry['http_headers'];
  const oauth = entry['oauth'] ?? entry['auth'];
  const helper = entry['headersHelper'] ?? entry['http_headers_helper'];
  return [
    isJsonObject(headers) ? headersPart(headers, host.reference) : NOTHING,
    isJsonObject(oauth) ? clientPart(oauth, host.reference) : NOTHING,
    helper === undefined ? NOTHING : { keys: {}, leftOut: ['the program that makes its headers'] },
    signInPart(entry),
    toolsPart(entry),
    host.format === 'toml' ? ownPart(entry) : NOTHING,
  ];
}

/** Variables are filled in by the relaying program or the shell around it, some with what the host sets for it. */
function filled(text: string, variables: Values): string {
  return text.replaceAll(
    new RegExp(BRACED, 'g'),
    (written, name: string) => textOf(variables[name]) ?? written,
  );
}

function proxyParts(host: Host, proxy: StdioProxy, variables: Values): readonly Part[] {
  const fill = (text: string) => filled(text, variables);
  const reference = new RegExp(`${host.reference.source}|${BRACED.source}`);
  const headers = Object.entries(proxy.headers).map(([name, value]) => [name, fill(value)] as const);
  const { clientId, clientSecret, callback, resource, scopes, hiddenTools = [] } = proxy;
  const patterns = hiddenTools.filter((tool) => tool.includes('*'));
  const tools = hiddenTools.filter((tool) => !tool.includes('*'));
  return [
    headersPart(Object.fromEntries(headers), reference),
    clientPart(
      {
        ...(clientId !== undefined && { client_id: fill(clientId) }),
        ...(clientSecret !== undefined && { client_secret: fill(clientSecret) }),
        scopes,
        callback_port: callback?.port,
      },
      reference,
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

function judgeUrl(text: string): string | undefined {
  if (/\$\{|\{env:|\$[A-Z]/.test(text)) return 'its URL has a variable in it';
  if (hasUserInfo(text)) return 'its URL has a user name or password in it';
  try {
    parseServerUrl(text);
  } catch (thrown) {
    if (isMcpassError(thrown)) return 'its URL cannot be used';
    throw thrown;
  }
  const secret = [...new URL(text).searchParams.keys()].find(isSecretName);
  return secret === undefined ? undefined : `its URL has a secret in it (${plain(secret, 80)})`;
}

function hasUserInfo(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && url.username + url.password !== '';
}
