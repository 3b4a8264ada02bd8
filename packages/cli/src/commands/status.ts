import { plain } from '@mcpass/auth';
import { defineCommand, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { signInCommand } from '../failure.js';
import type { Io } from '../io.js';
import { knownServers, type KnownServer } from '../known-servers.js';
import { isoTime } from '../moment.js';
import type { ServerState } from '../server-state.js';
import { expiryText, scopeFacts } from '../sign-in-facts.js';
import { facts } from '../table.js';
import { STATE_COLOR, STATE_WORDS } from './list.js';

export interface StatusOptions {
  readonly server?: string;
}

export const status: Command = defineCommand<StatusOptions>({
  name: 'status',
  summary: 'who, where, which scopes, until when',
  about: [
    'Asks no server: what it says is what is stored here. Ends with exit code 4 when a server that was asked about needs a sign-in.',
  ],
  examples: [{ line: 'mcpass status' }, { line: 'mcpass status linear --json' }],
  arguments: [
    {
      name: 'server',
      summary: 'a configured name or a URL; all when absent',
      optional: true,
      completes: 'server',
    },
  ],
  parse(input) {
    const server = input.argument('server');
    return server === undefined ? {} : { server };
  },
  async run({ server }, deps): Promise<ExitCode> {
    const { io } = deps;
    const { servers, store, failures } = await knownServers(deps, server);
    if (io.json) io.outJson({ servers: servers.map((known) => statusJson(known, store.location)) });
    else if (servers.length === 0 && failures.length === 0) io.say('No servers yet.');
    else {
      for (const [index, known] of servers.entries()) {
        if (index > 0) io.out('');
        printStatus(io, known, store.description);
      }
    }
    for (const { file, reason } of await store.unreadable()) {
      io.complain(`${io.paint('yellow', 'warning:', 'stderr')} ${plain(file, 1_000)}: ${reason}`);
    }
    if (failures.length > 0) throw failures[0];
    return servers.some(({ state }) => NEEDS_LOGIN.has(state.state)) ? 4 : 0;
  },
});

const NEEDS_LOGIN: ReadonlySet<ServerState['state']> = new Set(['login_required', 'not_signed_in']);

function printStatus(io: Io, { server, record, state }: KnownServer, storedIn: string): void {
  const nowMs = Date.now();
  const label = state.account === undefined ? '' : ` (${plain(state.account)})`;
  const word = io.paint(STATE_COLOR[state.state], STATE_WORDS[state.state]);
  io.out(`${io.paint('bold', plain(state.name ?? state.url, 1_000))}${label}: ${word}`);
  const grant = record?.grant;
  const lines = facts([
    ['server', plain(state.url, 1_000)],
    ['issuer', grant && plain(grant.issuer, 1_000)],
    ['resource', grant?.resource === undefined ? undefined : plain(grant.resource, 1_000)],
    ['client', grant && `${plain(grant.client.id, 200)} (${CLIENT_WORDS[grant.client.origin]})`],
    ...(state.scopes === undefined ? [] : scopeFacts(state.scopes.requested, state.scopes.granted)),
    ['since', grant && isoTime(grant.signedInAtS)],
    ['expires', record?.grant && expiryText(record, nowMs)],
    ['reason', record?.signInNeeded === undefined ? undefined : plain(record.signInNeeded)],
    ['tolerated', grant?.deviations?.length ? plain(grant.deviations.join(' '), 1_000) : undefined],
    ['overrides', server.overrides.length === 0 ? undefined : server.overrides.join(' ')],
    ['stored', grant && storedIn],
    ['token', state.state === 'bearer' ? 'from the environment' : undefined],
  ]);
  for (const line of lines) io.out(line);
  if (NEEDS_LOGIN.has(state.state)) io.out(`  run:  ${signInCommand(state.name ?? state.url)}`);
}

const CLIENT_WORDS = {
  configured: 'configured',
  metadata_document: 'a metadata document',
  registered: 'registered dynamically',
} as const;

function statusJson({ server, record, state }: KnownServer, location: string): object {
  const grant = record?.grant;
  return {
    ...state,
    ...(grant === undefined
      ? {}
      : {
          signedInAt: isoTime(grant.signedInAtS),
          storeLocation: location,
          ...(grant.resource === undefined ? {} : { resource: grant.resource }),
          clientId: grant.client.id,
        }),
    ...(record?.signInNeeded === undefined ? {} : { reason: record.signInNeeded }),
    ...(server.overrides.length === 0 ? {} : { overrides: server.overrides }),
  };
}
