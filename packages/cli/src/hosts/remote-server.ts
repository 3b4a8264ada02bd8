import { isJsonObject, isMcpassError, parseServerUrl, plain } from '@mcpass/auth';
import type { ServerKeys } from '@mcpass/node/config';
import { textOf, textsOf } from '../json-value.js';
import { callbackKeys } from './callback-keys.js';
import { variablesOf, wordsOf } from './command-words.js';
import { hasOddUrl, type NamedEntry, startsMcpass, urlOf } from './entry.js';
import { type HeaderVerdict, isForHost, isSecretName, judgeHeader } from './header-value.js';
import { BRACED, type Host, type Values } from './host.js';
import { type McpRemote, parseMcpRemote } from './mcp-remote.js';

/** A remote server of a host, in the keys of our configuration. */
export interface RemoteServer {
  readonly name: string;
  readonly keys: ServerKeys & { readonly url: string };
  /** What the host knows and our configuration does not get, and what to do about it. */
  readonly leftOut: readonly string[];
  /** Why it cannot be taken over at all. */
  readonly problem?: string;
}

/** What one part of an entry comes to. */
interface Part {
  readonly keys: ServerKeys;
  readonly leftOut: readonly string[];
}

const NOTHING: Part = { keys: {}, leftOut: [] };

/** Undefined for a server that is no remote one, and for one that goes through mcpass already. */
export function readRemoteServer(host: Host, { name, entry }: NamedEntry): RemoteServer | undefined {
  if (startsMcpass(entry)) return undefined;
  const proxy = parseMcpRemote(wordsOf(entry));
  const url = (urlOf(entry) ?? proxy?.url)?.trim();
  if (url === undefined) {
    return hasOddUrl(entry)
      ? { name, keys: { url: '' }, leftOut: [], problem: 'its URL is no text' }
      : undefined;
  }
  const parts = proxy === undefined ? entryParts(host, entry) : proxyParts(host, proxy, variablesOf(entry));
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

function proxyParts(host: Host, remote: McpRemote, variables: Values): readonly Part[] {
  // mcp-remote fills in variables; those that the host sets for it are filled in here.
  const fill = (text: string) =>
    text.replaceAll(new RegExp(BRACED, 'g'), (written, name: string) => textOf(variables[name]) ?? written);
  const reference = new RegExp(`${host.reference.source}|${BRACED.source}`);
  const headers = Object.entries(remote.headers).map(([name, value]) => [name, fill(value)] as const);
  const { clientId, clientSecret, callback, resource, scopes } = remote;
  const patterns = remote.hiddenTools.filter((tool) => tool.includes('*'));
  const tools = remote.hiddenTools.filter((tool) => !tool.includes('*'));
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
        ...remote.unread.map(
          (file) => `what is in ${plain(file.slice(1), 200)}: see oauth.client_id and scopes`,
        ),
      ],
    },
  ];
}

function headersPart(headers: Values, reference: RegExp): Part {
  const literal: Record<string, string> = {};
  const fromVariable: Record<string, string> = {};
  const leftOut: string[] = [];
  let token: string | undefined;
  for (const [name, written] of Object.entries(headers)) {
    // What hosts make of an empty value: no header.
    if (written === null || written === undefined) continue;
    const value = typeof written === 'object' ? undefined : String(written);
    if (value === undefined) {
      leftOut.push(`the header ${plain(name, 80)}: its value is no text`);
      continue;
    }
    const verdict = judgeHeader(name, value, reference);
    if ('variable' in verdict && hasDefault(value)) leftOut.push(defaultLine(verdict.variable));
    if (verdict.to === 'bearer') token = verdict.variable;
    else if (verdict.to === 'variable') fromVariable[name] = verdict.variable;
    else if (verdict.to === 'literal') literal[name] = verdict.value;
    else leftOut.push(`the header ${plain(name, 80)} (${verdict.why}): ${insteadOf(name)}`);
  }
  return {
    keys: {
      ...(token !== undefined && { bearer_token_env_var: token }),
      ...(Object.keys(literal).length > 0 && { http_headers: literal }),
      ...(Object.keys(fromVariable).length > 0 && { env_http_headers: fromVariable }),
    },
    leftOut,
  };
}

/** `${NAME:-default}`. */
function hasDefault(text: string): boolean {
  return /\$\{\w+:-/.test(text);
}

function defaultLine(variable: string): string {
  return `the default of ${variable}: mcpass needs the variable itself`;
}

function insteadOf(header: string): string {
  const key =
    header.toLowerCase() === 'authorization'
      ? 'bearer_token_env_var = "VARIABLE"'
      : `env_http_headers = { "${plain(header, 80)}" = "VARIABLE" }`;
  return `put it into a variable and add ${key}`;
}

const CLIENT_KEYS: ReadonlySet<string> = new Set([
  'callbackPort',
  'callback_port',
  'clientId',
  'client_id',
  'CLIENT_ID',
  'clientSecret',
  'client_secret',
  'CLIENT_SECRET',
  'enabled',
  'redirectUri',
  'redirect_uri',
  'scope',
  'scopes',
]);

/** A client that was registered by hand: hosts differ only in how they spell it. */
function clientPart(oauth: Values, reference: RegExp): Part {
  const text = (...names: readonly string[]) =>
    names.map((name) => textOf(oauth[name])).find((value) => value !== undefined);
  const id = text('clientId', 'client_id', 'CLIENT_ID');
  const secret = text('clientSecret', 'client_secret', 'CLIENT_SECRET');
  // Judged as a header that is a secret by its name: a variable, or nothing.
  const judged = secret === undefined ? undefined : judgeHeader('client-secret', secret, reference);
  const scopes = [...textsOf(oauth['scopes']), ...(text('scope', 'scopes') ?? '').split(/\s+/)];
  const asked = scopes.filter((scope) => scope !== '');
  const port = oauth['callbackPort'] ?? oauth['callback_port'];
  const redirectUri = text('redirectUri', 'redirect_uri');
  const callback = redirectUri === undefined ? {} : callbackKeys(redirectUri);
  const idIsVariable = id !== undefined && isForHost(id, reference);
  const takesSecret = judged?.to === 'variable' && id !== undefined && !idIsVariable;
  const unknown = Object.keys(oauth).filter((key) => !CLIENT_KEYS.has(key));
  return {
    keys: {
      ...(asked.length > 0 && { scopes: asked }),
      ...(id !== undefined && !idIsVariable && { 'oauth.client_id': id }),
      ...(takesSecret && { 'oauth.client_secret_env': judged.variable }),
      ...callback,
      ...(typeof port === 'number' && { 'oauth.callback_port': port }),
    },
    leftOut: [
      ...(idIsVariable ? ['its client id, which is in a variable: add oauth.client_id'] : []),
      ...(judged === undefined || takesSecret ? [] : [secretLine(judged)]),
      ...(takesSecret && hasDefault(secret ?? '') ? [defaultLine(judged.variable)] : []),
      ...(callback === undefined ? ['its redirect URI, which is none that mcpass could have'] : []),
      ...unknown.map((key) => `its OAuth setting ${plain(key, 80)}: mcpass has none like it`),
    ],
  };
}

/** A secret that is here is a variable without the client that it belongs to, which the configuration takes for neither. */
function secretLine(judged: HeaderVerdict): string {
  if (judged.to === 'variable') {
    return `its client secret: add oauth.client_id, and oauth.client_secret_env = "${judged.variable}"`;
  }
  return 'its client secret: put it into a variable and add oauth.client_secret_env = "VARIABLE"';
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
