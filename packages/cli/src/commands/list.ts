import { plain } from '@mcpass/auth';
import { defineCommand, type Command } from '../command.js';
import type { Io } from '../terminal/io.js';
import { identityText } from '../servers/identity-text.js';
import { knownServers } from '../servers/known-servers.js';
import { isReady, type ServerState } from '../servers/server-state.js';
import { nextCommand } from '../terminal/next-command.js';
import { printTable } from '../terminal/table.js';

export const list: Command = defineCommand<object>({
  name: 'list',
  summary: 'the servers, one line each',
  about: [
    'Name, state, who has signed in where the server said so, and URL. Asks no server: what it says is what is stored here.',
  ],
  examples: [{ line: 'mcpass list' }, { line: "mcpass list --json | jq -r '.servers[].name'" }],
  parse: () => ({}),
  async run(_, deps) {
    const { io } = deps;
    const { servers, failures } = await knownServers(deps);
    const states = servers.map(({ state }) => state);
    if (io.json) io.outJson({ servers: states });
    else if (states.length === 0 && failures.length === 0) {
      io.say('No servers yet.');
      io.say(`Try:  ${nextCommand(deps.globals, 'add', 'NAME', 'URL')}`);
    } else
      printTable(
        io,
        states.map((state) => row(io, state)),
      );
    if (failures.length > 0) throw failures[0];
    return 0;
  },
});

function row(io: Io, state: ServerState): readonly string[] {
  const label = state.account === undefined ? '' : ` (${plain(state.account)})`;
  const who = state.identity === undefined ? '' : identityText(state.identity);
  return [`${plain(state.name ?? '-')}${label}`, stateText(io, state), who, state.url];
}

export function stateText(io: Io, server: ServerState): string {
  const { state, enabled, pending } = server;
  if (enabled === false) return io.paint('dim', 'disabled');
  if (state === undefined) return io.paint('red', 'cannot be read');
  if (pending === true && state !== 'signed_in') return io.paint('yellow', 'sign-in begun');
  if (isReady(server)) return io.paint('green', 'ready');
  return io.paint(STATE_COLOR[state], STATE_WORDS[state]);
}

type KnownState = NonNullable<ServerState['state']>;

const STATE_WORDS: Readonly<Record<KnownState, string>> = {
  signed_in: 'signed in',
  expired: 'renews at next use',
  login_required: 'login required',
  not_signed_in: 'not signed in',
  bearer: 'bearer token',
  none: 'no sign-in',
};

const STATE_COLOR: Readonly<Record<KnownState, 'green' | 'red' | 'yellow' | 'dim'>> = {
  signed_in: 'green',
  expired: 'green',
  login_required: 'red',
  not_signed_in: 'yellow',
  bearer: 'dim',
  none: 'dim',
};
