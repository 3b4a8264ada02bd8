import { plain } from '@mcpass/auth';
import { defineCommand, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import type { Io } from '../terminal/io.js';
import { identityText } from '../servers/identity-text.js';
import { knownServers } from '../servers/known-servers.js';
import { askServers, exitCodeOfChecks, NOBODY_ASKED, onlineText } from '../servers/online-round.js';
import { isReady, type ServerState } from '../servers/server-state.js';
import { fromNow } from '../terminal/moment.js';
import { nextCommand } from '../terminal/next-command.js';
import { type Cell, printTable } from '../terminal/table.js';
import { whole } from '../terminal/wrap.js';
import type { OnlineState } from '../session/online-check.js';

export interface ListOptions {
  readonly online: boolean;
}

const HEADINGS = ['NAME', 'STATE', 'WHO', 'EXPIRES', 'ADDRESS'] as const;

export const list: Command = defineCommand<ListOptions>({
  name: 'list',
  summary: 'the servers, one line each',
  about: [
    'Name, state, who has signed in where the server said so, when the access token ends, and address; cut to a terminal, and whole, separated by tabs, for a program. Asks no server unless told --online: what it says is what is stored here.',
  ],
  examples: [
    { line: 'mcpass list' },
    { line: 'mcpass list --online' },
    { line: "mcpass list --json | jq -r '.servers[].name'" },
  ],
  options: [{ flags: '--online', summary: 'greet each server, and say what it answered' }],
  parse: (input) => ({ online: input.flag('online') }),
  async run({ online }, deps): Promise<ExitCode> {
    const { io } = deps;
    const checks = online ? await askServers(deps, undefined) : NOBODY_ASKED;
    // Only now: asking may have renewed a token, or found out that it cannot be.
    const { servers, failures } = await knownServers(deps);
    if (io.json) {
      io.outJson({
        servers: servers.map(({ server, state }) =>
          online ? { ...state, online: checks.of(server)?.online } : state,
        ),
      });
    } else if (servers.length === 0 && failures.length === 0) {
      io.say('No servers yet.');
      io.say(`Try:  ${whole(nextCommand(deps.globals, 'add', 'NAME', 'URL'))}`);
    } else {
      const nowMs = Date.now();
      const rows = servers.map(({ server, state }) => {
        const cells = row(io, state, nowMs);
        return online ? cells.concat(answerText(checks.of(server)?.online)) : cells;
      });
      const headings = online ? [...HEADINGS, 'ONLINE'] : HEADINGS;
      const rest = `${nextCommand(deps.globals, 'list', ...(online ? ['--online'] : []))} | cat`;
      printTable(io, rows, { headings, rest });
    }
    if (failures.length > 0) throw failures[0];
    return exitCodeOfChecks(checks);
  },
});

function row(io: Io, state: ServerState, nowMs: number): readonly Cell[] {
  const label = state.account === undefined ? '' : ` (${plain(state.account)})`;
  const who = state.identity === undefined ? '' : identityText(state.identity);
  const { expiresAt } = state;
  // A distance for people, a moment for a program.
  const expires =
    expiresAt === undefined || io.columns === undefined
      ? (expiresAt ?? '')
      : fromNow(Date.parse(expiresAt) / 1000, nowMs);
  return [`${plain(state.name ?? '-')}${label}`, stateCell(state), who, expires, state.url];
}

function answerText(online: OnlineState | undefined): string {
  return online === undefined ? 'not asked' : onlineText(online);
}

export function stateText(io: Io, state: ServerState): string {
  const { text, format } = stateCell(state);
  return io.paint(format, text);
}

function stateCell(server: ServerState): Exclude<Cell, string> {
  const { state, enabled, pending } = server;
  if (enabled === false) return { format: 'dim', text: 'disabled' };
  if (state === undefined) return { format: 'red', text: 'cannot be read' };
  if (pending === true && state !== 'signed_in') return { format: 'yellow', text: 'sign-in begun' };
  if (isReady(server)) return { format: 'green', text: 'ready' };
  return { format: STATE_COLOR[state], text: STATE_WORDS[state] };
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
