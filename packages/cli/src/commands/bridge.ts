import { setFlagsFromString } from 'node:v8';
import { isMcpassError, McpassError, type User } from '@mcpass/auth';
import { createLog, runBridge } from '@mcpass/bridge';
import { createClientBindings } from '@mcpass/node/stores';
import { isProxied, systemClock, systemRandom } from '@mcpass/node/fetch';
import { checkAddress, createSignInOffer } from '@mcpass/node/sign-in';
import { checkAccount } from '../servers/account-check.js';
import { defineCommand, SERVER, type Command } from '../command.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { asMcpassError } from '../failure.js';
import { findPerson, takeTurns } from '../sign-in/person.js';
import { signInCommand } from '../terminal/next-command.js';
import { openServer } from '../servers/server-access.js';
import { createSystemFetch } from '../servers/system-fetch.js';
import { VERSION } from '../version.js';

export interface BridgeCommandOptions {
  readonly server: string;
  readonly login: boolean;
}

export const bridge: Command = defineCommand<BridgeCommandOptions>({
  name: 'bridge',
  summary: 'be a stdio MCP server that relays to a remote one',
  about: [
    'For MCP hosts that start a command: put "mcpass bridge SERVER" where the host wants one. It uses the sign-in that "mcpass login" made, and goes on by itself when you sign in while it runs. Standard output is the wire.',
  ],
  examples: [
    { line: 'mcpass bridge linear' },
    {
      line: 'mcpass bridge https://mcp.linear.app/mcp --login=browser',
      says: 'to open a browser when needed',
    },
  ],
  arguments: [SERVER],
  options: [
    {
      flags: '--login <how>',
      summary: 'who begins a sign-in: "never" waits for mcpass login (the default), "browser" opens one',
      choices: ['never', 'browser'],
      completes: ['never', 'browser'],
    },
  ],
  parse: (input) => ({ server: input.required('server'), login: input.option('login') === 'browser' }),
  run,
});

async function run({ server, login }: BridgeCommandOptions, deps: Deps): Promise<ExitCode> {
  await checkAccount(server, deps);
  keepSmall();
  const say = (line: string) => deps.io.complain(line);
  const access = openServer(deps, server, { say: createLog(server, say) });
  const { server: configured, name } = access;
  const { configNamed, configFile } = access.paths;
  // Whoever runs the command that the host shows is elsewhere.
  const repeated = { ...deps.globals, configFile: configNamed ? configFile : undefined };
  // Only fetch knows the way through a proxy; without one the bridge has a cheaper way of its own. It waits as long as
  // a call may take, and for an event on its stream for ever.
  const proxied = isProxied(new URL(configured.settings.url), deps.env);
  // A host ends its servers with SIGTERM.
  deps.serve();
  await runBridge({
    name,
    version: VERSION,
    settings: configured.settings,
    ports: {
      fetch: createSystemFetch(deps, access.connecting, proxied ? Infinity : 0),
      clock: systemClock,
      random: systemRandom,
      store: access.store,
      clients: createClientBindings(access.paths, access.store.kind),
      observe: deps.events.observe,
    },
    proxied,
    connecting: access.connecting,
    startupTimeoutMs: configured.startupTimeoutMs,
    toolTimeoutMs: configured.toolTimeoutMs,
    enabledTools: configured.enabledTools,
    disabledTools: configured.disabledTools,
    command: (scopes) => signInCommand(repeated, server, scopes === undefined ? {} : { scopes }),
    ...(login
      ? {
          browser: (log) => ({
            user: findPerson(deps, { name: configured.name, log }).user,
            turns: takeTurns(deps, access.config, access.paths, log),
          }),
        }
      : {
          address: (show, log) => {
            const offer = createSignInOffer({ paths: access.paths, onAddress: show });
            const { user } = findPerson(deps, { name: configured.name, noBrowser: true, log });
            const tell = (url: string) => {
              show(url);
              // Without it the others wait, and say the command.
              offer.publish(url).catch((thrown: unknown) => log(asMcpassError(thrown).message));
            };
            const shared = access.config.credentialsStore !== 'memory';
            return { user: whoShows(user, tell), ...(shared && { turns: offer.turns }) };
          },
        }),
    stdin: process.stdin,
    stdout: process.stdout,
    say,
    signal: deps.signal,
  });
  return 0;
}

/**
 * A relay's garbage is short-lived, and an editor starts ten of us: the young generation stays as small as it began, and
 * the old one is looked through when it is half as much again as was alive, not four times as much. That is 68 MiB
 * instead of 97 after 30,000 calls at the same CPU (docs/dependencies.md).
 */
function keepSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}

/** The sign-in of a person whom the host shows the address. */
function whoShows(user: User, show: (url: string) => void): User {
  return {
    async showCode(request) {
      show(checkAddress(request.verificationUriComplete ?? request.verificationUri).href);
      await user.showCode?.(request);
    },
    async receive(wish) {
      const callbackServer = await user.receive(wish);
      return {
        ...callbackServer,
        async ask(request) {
          show(checkAddress(request.authorizationUrl).href);
          return callbackServer.ask(request).catch((thrown: unknown) => {
            throw isTimeout(thrown) ? notOpened(thrown) : thrown;
          });
        },
      };
    },
  };
}

function isTimeout(thrown: unknown): thrown is McpassError {
  return isMcpassError(thrown) && thrown.code === 'login_timeout';
}

/** An address that was shown and left alone: nobody gave anything up, as somebody does who closes a browser. */
function notOpened(cause: McpassError): McpassError {
  const message = 'Nobody opened the address that was offered.';
  return new McpassError('interrupted', message, { step: 'authorization', fault: 'yours', cause });
}
