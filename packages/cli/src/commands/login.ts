import { judgeIssuerUrl } from '@mcpass/node/config';
import { defineCommand, SERVER, wholeNumber, wordList, type Command } from '../command.js';
import { usageError } from '../failure.js';
import { OWN_CLIENT_OPTIONS, readOwnClient } from '../servers/own-client.js';
import { type ClientWish, signInWithClient } from '../sign-in/brought-client.js';
import { signInWithToken } from '../sign-in/given-token.js';
import { beginSignInTo, finishSignInTo } from '../sign-in/two-step.js';

export interface LoginOptions extends ClientWish {
  /** Chosen on a terminal when absent. */
  readonly server?: string | undefined;
  /** Now, in two steps with another command between them, or elsewhere before. */
  readonly how: 'now' | 'begin' | 'finish' | 'token';
}

// A day: longer than anybody waits, short enough for a timer.
const LONGEST_TIMEOUT_S = 86_400;

const WAYS = {
  now: signInWithClient,
  token: signInWithToken,
  begin: beginSignInTo,
  finish: finishSignInTo,
} as const;

export const login: Command = defineCommand<LoginOptions>({
  name: 'login',
  summary: 'sign in to a server',
  about: [
    'Opens the browser where there is one, and prints the address in any case. If the browser is on another machine, paste the address that it ends on.',
    '--device prints a code instead, to be entered on any device, where the server takes one; oauth.grant = "device_code" makes it the way of a server. With --json the code is the first line, the result the second.',
    'Where the provider registers no clients it says which redirect URI to register there, and asks for the client on a terminal. A client that is given or typed is written to the configuration once it has signed in; a server that is only a URL gets a block named after its host.',
    'Does nothing when you are signed in already, unless --force says so or --scopes names a scope that the sign-in lacks. --scopes replaces all other sources of scopes for this sign-in; fewer scopes than the sign-in has change nothing without --force.',
  ],
  examples: [
    { line: 'mcpass login linear' },
    { line: 'mcpass login', says: 'asks which one' },
    { line: 'mcpass login https://mcp.linear.app/mcp', says: 'without any configuration' },
    { line: 'mcpass login linear --device', says: 'where no browser is, if the server takes a code' },
    { line: 'mcpass login fastmail --scopes mail.read,offline_access' },
    {
      line: 'mcpass login fastmail --no-wait --json',
      says: 'for scripts and agents: then open the address, and',
    },
    { line: 'echo "$ADDRESS_IT_ENDED_ON" | mcpass login fastmail --resume' },
    { line: 'mcpass login fastmail --with-token < token.json', says: 'a sign-in that was made elsewhere' },
    {
      line: 'mcpass login https://crm.example/mcp --client-id abc --client-secret-env CRM_SECRET',
      says: 'with a client that you registered yourself',
    },
  ],
  arguments: [{ ...SERVER, optional: true }],
  options: [
    { flags: '--scopes <list>', summary: 'scopes to ask for; commas or spaces', repeatable: true },
    { flags: '--no-browser', summary: 'only print the address', env: 'BROWSER=none' },
    { flags: '--device', summary: 'print a code to enter on any device, a telephone say' },
    { flags: '--browser <program>', summary: 'open the address with this', env: 'MCPASS_BROWSER' },
    { flags: '--timeout <seconds>', summary: 'how long you have; 300 when absent' },
    { flags: '--no-wait', summary: 'print the address and end with 7; --resume finishes it' },
    { flags: '--resume', summary: 'finish it: wait, or read the address from a pipe' },
    { flags: '--with-token', summary: 'keep a token, or a token answer in JSON, from standard input' },
    ...OWN_CLIENT_OPTIONS,
    { flags: '--client-from <issuer>', summary: 'the authorization server that your client belonged to' },
    {
      flags: '--client-to <issuer>',
      summary: 'and the one that it belongs to now; both, where it has moved',
    },
    { flags: '--force', summary: 'sign in again although a sign-in is there' },
  ],
  parse(input) {
    const timeoutS = wholeNumber(input, 'timeout', 1, LONGEST_TIMEOUT_S);
    const given = input.all('scopes');
    const scopes = wordList(given);
    if (given.length > 0 && scopes.length === 0) throw usageError('--scopes names no scope.');
    const begin = input.flag('no-wait');
    const finish = input.flag('resume');
    if (begin && finish)
      throw usageError('--no-wait begins a sign-in and --resume finishes it: one at a time.');
    const token = input.flag('with-token');
    if (token && (begin || finish || scopes.length > 0))
      throw usageError('--with-token brings a sign-in that was made elsewhere: nothing is asked for.');
    const client = readOwnClient(input);
    if (token && client?.secret.from === 'stdin')
      throw usageError('Standard input brings one thing: the token, or the secret of the client.');
    if (client?.secret.from === 'stdin' && (begin || finish))
      throw usageError(
        'Of a sign-in in two steps each needs the secret: name its variable or file; standard input brings the address.',
      );
    const from = input.option('client-from');
    const to = input.option('client-to');
    if ((from === undefined) !== (to === undefined))
      throw usageError('--client-from and --client-to name both authorization servers: one needs the other.');
    if (from !== undefined && finish)
      throw usageError(
        '--resume finishes what was begun: name --client-from and --client-to with --no-wait.',
      );
    for (const [option, issuer] of Object.entries({ '--client-from': from, '--client-to': to })) {
      const wrong = issuer === undefined ? undefined : judgeIssuerUrl(issuer);
      if (wrong !== undefined) throw usageError(`${option} ${wrong}.`);
    }
    return {
      // An empty word is of a variable that is not set: that is no wish to choose.
      server: input.argument('server') === undefined ? undefined : input.required('server'),
      clientMove: from === undefined || to === undefined ? undefined : { from, to },
      client,
      how: begin ? 'begin' : finish ? 'finish' : token ? 'token' : 'now',
      scopes,
      force: input.flag('force'),
      device: input.flag('device'),
      browser: input.option('browser'),
      noBrowser: input.flag('no-browser'),
      timeoutMs: timeoutS === undefined ? undefined : timeoutS * 1000,
    };
  },
  async complete(options, deps) {
    if (options.server !== undefined) return options;
    const { chooseServer } = await import('../servers/server-choice.js');
    return { ...options, server: await chooseServer(deps) };
  },
  run: ({ server = '', how, ...wish }, deps) => WAYS[how](server, wish, deps),
});
