import { isLoopbackHost, McpassError, parseServerUrl, shownUrl } from '@mcpass/auth';
import { addServer, judgeServerName, saveClientSecret } from '@mcpass/node/config';
import { defineCommand, wholeNumber, wordList, type Command, type Input } from '../command.js';
import { readConfiguration } from '../servers/configuration.js';
import { OWN_CLIENT_OPTIONS, type OwnClient, ownClientKeys, readOwnClient } from '../servers/own-client.js';
import { hasSecretAddress, SECRET_IN_ADDRESS } from '../servers/secret-address.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { nextCommand, signInCommand } from '../terminal/next-command.js';
import { readSecret } from '../terminal/standard-input.js';
import { warn } from '../terminal/warning.js';
import { whole } from '../terminal/wrap.js';

export interface AddOptions {
  /** Its name. */
  readonly server: string;
  readonly url: string;
  readonly scopes: readonly string[];
  readonly resource?: string | undefined;
  readonly client?: OwnClient | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly bearerTokenEnvVar?: string | undefined;
  readonly callbackPort?: number | undefined;
  readonly grant?: string | undefined;
  readonly force: boolean;
  readonly login: boolean;
}

// The others want more than a word: keys of their own in the configuration.
const GRANTS = ['authorization_code', 'device_code', 'client_credentials'] as const;

export const add: Command = defineCommand<AddOptions>({
  name: 'add',
  summary: 'write a server to the configuration',
  examples: [
    { line: 'mcpass add linear https://mcp.linear.app/mcp' },
    { line: 'mcpass add fastmail https://api.fastmail.com/mcp --login', says: 'and sign in at once' },
    {
      line: 'mcpass add crm https://crm.example/mcp --client-id abc --client-secret-env CRM_SECRET',
      says: 'with a client that you registered yourself',
    },
    {
      line: 'mcpass add jobs https://jobs.example/mcp --grant client_credentials --client-id abc --client-secret-env JOBS_SECRET',
      says: 'for a program: nobody signs in',
    },
  ],
  arguments: [
    { name: 'name', summary: 'what you will call it: letters, digits, dots, - and _' },
    { name: 'url', summary: 'its MCP endpoint, http or https', optional: true },
  ],
  options: [
    { flags: '--url <url>', summary: 'the same as URL' },
    { flags: '--scopes <list>', summary: 'scopes to ask for; commas or spaces', repeatable: true },
    { flags: '--resource <uri>', summary: 'the resource indicator to send; "none" sends none' },
    ...OWN_CLIENT_OPTIONS,
    {
      flags: '--header <header>',
      summary: "'Name: value', sent to the server and to nobody else",
      repeatable: true,
    },
    { flags: '--bearer-token-env-var <variable>', summary: 'send the token in this variable; no OAuth' },
    { flags: '--callback-port <number>', summary: 'port of the redirect URI' },
    {
      flags: '--grant <grant>',
      summary: 'how its tokens are had: client_credentials for a program, device_code by a code elsewhere',
      choices: GRANTS,
      completes: GRANTS,
    },
    { flags: '--force', summary: 'replace a server of this name' },
    { flags: '--login', summary: 'sign in afterwards' },
  ],
  parse: (input) => ({
    server: serverName(input.required('name')),
    url: serverUrl(input),
    scopes: wordList(input.all('scopes')),
    resource: input.option('resource'),
    client: readOwnClient(input),
    headers: headersOf(input.all('header')),
    bearerTokenEnvVar: input.option('bearer-token-env-var'),
    callbackPort: wholeNumber(input, 'callback-port', 1, 65_535),
    grant: input.option('grant'),
    force: input.flag('force'),
    login: input.flag('login'),
  }),
  run,
});

async function run(options: AddOptions, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { config, paths } = readConfiguration(deps);
  const { server: name } = options;
  const earlier = config.servers().find((server) => server.name === name);
  if (earlier !== undefined && !options.force) {
    throw new McpassError('name_in_use', `There is a server "${name}" already: ${shownUrl(earlier.url)}`, {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: 'choose another name, or replace it with --force' },
    });
  }
  const keptIn =
    options.client?.secret.from === 'stdin'
      ? await saveClientSecret({ paths, name, secret: await readSecret(deps, '--client-secret-stdin') })
      : undefined;
  await addServer({ file: paths.configFile, name, keys: keysOf(options, keptIn), replace: options.force });

  const written = { file: paths.configFile, replaced: earlier !== undefined };
  if (io.json) {
    // With --login the sign-in answers, and tells this besides.
    if (!options.login) io.outJson({ server: { name, url: shownUrl(options.url) }, ...written });
  } else {
    io.out(`${earlier === undefined ? 'Added' : 'Replaced'} ${name}: ${shownUrl(options.url)}`);
    io.say(`  written to ${paths.configFile}`);
    if (keptIn !== undefined) io.say(`  client secret kept in ${keptIn}`);
  }
  const { protocol, hostname } = new URL(options.url);
  if (hasSecretAddress(options.url)) warn(deps, SECRET_IN_ADDRESS);
  if (protocol === 'http:' && !isLoopbackHost(hostname)) {
    warn(deps, 'this is plain http: whoever is on the way can read the tokens');
  }
  if (options.login) {
    const { signInTo } = await import('../sign-in/one-step.js');
    return signInTo(name, { scopes: [], force: false, also: written }, deps);
  }
  if (io.json) return 0;
  const next =
    options.bearerTokenEnvVar === undefined
      ? signInCommand(deps.globals, name)
      : nextCommand(deps.globals, 'tools', name);
  io.say(`Try:  ${whole(next)}`);
  return 0;
}

function keysOf(options: AddOptions, clientSecretFile: string | undefined): { url: string } & Keys {
  const client = options.client === undefined ? {} : ownClientKeys(options.client, clientSecretFile);
  return {
    url: options.url,
    ...(options.scopes.length > 0 && { scopes: options.scopes }),
    ...(options.resource !== undefined && { oauth_resource: options.resource }),
    ...Object.fromEntries(Object.entries(client).map(([key, value]) => [`oauth.${key}`, value])),
    ...(options.callbackPort !== undefined && { 'oauth.callback_port': options.callbackPort }),
    ...(options.grant !== undefined && { 'oauth.grant': options.grant }),
    ...(options.bearerTokenEnvVar !== undefined && { bearer_token_env_var: options.bearerTokenEnvVar }),
    ...(Object.keys(options.headers).length > 0 && { http_headers: options.headers }),
  };
}

type Keys = Record<string, string | number | readonly string[] | Readonly<Record<string, string>>>;

function serverName(name: string): string {
  if (URL.canParse(name)) throw usageError(`"${name}" cannot be a name. The name comes first, then the URL.`);
  judgeServerName(name);
  return name;
}

function serverUrl(input: Input): string {
  const [argument, option] = [input.argument('url'), input.option('url')];
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw usageError('Two different URLs: give it once.');
  }
  const url = argument ?? option;
  if (url === undefined) throw usageError('add needs the URL of the server.');
  // Checked, and kept as it was typed: the resource indicator must not change by a byte.
  parseServerUrl(url);
  return url;
}

// What these carry is a secret, and secrets do not come on the command line: process lists and histories show it.
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

function headersOf(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e]*)$/.exec(line);
      const [, name, value] = match ?? [];
      if (name === undefined || value === undefined) {
        throw usageError(`"${line}" is not a header; it looks like 'Name: value'.`);
      }
      if (SECRET_HEADERS.has(name.toLowerCase())) {
        throw usageError(`${name} is a secret and does not belong on the command line.`, {
          do: 'say',
          text: '--bearer-token-env-var VARIABLE, or env_http_headers in the configuration',
        });
      }
      return [name, value.trim()] as const;
    }),
  );
}
