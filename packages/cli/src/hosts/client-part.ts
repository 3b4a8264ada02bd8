import { plain } from '@mcpass/auth';
import type { ServerKeys } from '@mcpass/node/config';
import { textOf, textsOf } from '../json-value.js';
import { callbackKeys } from './callback-keys.js';
import { type HeaderVerdict, isForHost, judgeHeader } from './header-value.js';
import type { Values } from './host.js';
import { defaultLine, hasDefault, type Notation, type Part } from './part.js';

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
export function clientPart(oauth: Values, { reference }: Notation, redirect: ServerKeys = {}): Part {
  const text = (...names: readonly string[]) =>
    names.map((name) => textOf(oauth[name])).find((value) => value !== undefined);
  const id = text('clientId', 'client_id', 'CLIENT_ID');
  const secret = text('clientSecret', 'client_secret', 'CLIENT_SECRET');
  // Judged as a header that is a secret by its name: a variable, or nothing.
  const judged = secret === undefined ? undefined : judgeHeader('client-secret', secret, reference);
  const scopes = [...textsOf(oauth['scopes']), ...(text('scope', 'scopes') ?? '').split(/\s+/)];
  const asked = scopes.filter((scope) => scope !== '');
  const port = Number(oauth['callbackPort'] ?? oauth['callback_port']);
  const redirectUri = text('redirectUri', 'redirect_uri');

  const idIsVariable = id !== undefined && isForHost(id, reference);
  const isRegistered = (id !== undefined && !idIsVariable) || port > 0;
  const usual = isRegistered ? redirect : {};
  const callback = redirectUri === undefined ? usual : callbackKeys(redirectUri);
  const takesSecret = judged?.to === 'variable' && id !== undefined && !idIsVariable;
  const unknown = Object.keys(oauth).filter((key) => !CLIENT_KEYS.has(key));
  return {
    keys: {
      ...(asked.length > 0 && { scopes: asked }),
      ...(id !== undefined && !idIsVariable && { 'oauth.client_id': id }),
      ...(takesSecret && { 'oauth.client_secret_env': judged.variable }),
      ...callback,
      ...(port > 0 && { 'oauth.callback_port': port }),
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
