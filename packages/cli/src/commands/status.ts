import { grantWords, plain, shownUrl, signInMode } from '@mcpass/auth';
import { defineCommand, type Command } from '../command.js';
import type { ConfiguredServer } from '@mcpass/node/config';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { deviationText } from '../servers/deviation-texts.js';
import { signInCommand } from '../terminal/next-command.js';
import type { Io } from '../terminal/io.js';
import { identityText } from '../servers/identity-text.js';
import { knownServers, type KnownServer, type KnownServers } from '../servers/known-servers.js';
import { isoTime } from '../terminal/moment.js';
import type { OnlineState } from '../session/online-check.js';
import { askServers, exitCodeOfChecks, NOBODY_ASKED, onlineText } from '../servers/online-round.js';
import { refreshFacts } from '../servers/refresh-facts.js';
import { serverJson } from '../servers/server-json.js';
import { isReady, type ServerState, usesSignIn } from '../servers/server-state.js';
import { expiryText, lastSignInText, scopeFacts } from '../servers/sign-in-facts.js';
import { facts } from '../terminal/table.js';
import { whole } from '../terminal/wrap.js';
import { warningLine } from '../terminal/warning.js';
import { stateText } from './list.js';

export interface StatusOptions {
  readonly server?: string;
  readonly online: boolean;
}

export const status: Command = defineCommand<StatusOptions>({
  name: 'status',
  summary: 'who, where, which scopes, until when',
  about: [
    'Asks no server unless told --online: what it says is what is stored here. Ends with exit code 4 when a server that was asked about needs a sign-in (one that was only begun, for another account, is shown and does not count), and with 6 when what is stored for it cannot be read.',
  ],
  examples: [
    { line: 'mcpass status' },
    { line: 'mcpass status linear --json' },
    { line: 'mcpass status linear --online' },
  ],
  arguments: [
    {
      name: 'server',
      summary: 'a configured name or a URL; all when absent',
      optional: true,
      completes: 'server',
    },
  ],
  options: [{ flags: '--online', summary: 'greet each server, to know whether it accepts the sign-in' }],
  parse(input) {
    const server = input.argument('server');
    return { ...(server === undefined ? {} : { server }), online: input.flag('online') };
  },
  async run({ server, online }, deps): Promise<ExitCode> {
    const { io } = deps;
    const checks = online ? await askServers(deps, server) : NOBODY_ASKED;
    // Only now: asking may have renewed a token, or found out that it cannot be.
    const known = await knownServers(deps, server);
    const { servers, store, failures } = known;
    const sharersOf = ({ server: { name } }: KnownServer) => (name === undefined ? [] : known.sharers(name));
    const checkOf = ({ server }: KnownServer) => checks.of(server)?.online;
    if (io.json) {
      const nowMs = Date.now();
      // Asked once: of thousands the path would be put together for each.
      const place = { kind: store.kind, location: store.location };
      io.outJson({
        servers: servers.map((each) => {
          const more = { sharers: sharersOf(each), online: checkOf(each) };
          return serverJson(each.server, each.record, place, nowMs, each.state, more);
        }),
      });
    } else if (servers.length === 0 && failures.length === 0) io.say('No servers yet.');
    else {
      const storedIn = store.description;
      // A portion at a time: of thousands of servers the lines are ten times as many, and would be kept for nothing.
      for (let first = 0; first < servers.length; first += PORTION) {
        const lines: string[] = [];
        for (const each of servers.slice(first, first + PORTION)) {
          if (each !== servers[0]) lines.push('');
          lines.push(...statusLines(deps, each, sharersOf(each), storedIn, checkOf(each)));
        }
        io.outLines(lines);
      }
    }
    await warnOfFiles(io, known);
    if (failures.length > 0) throw failures[0];
    if (servers.some(({ state, onlyBegun }) => !onlyBegun && needsLogin(state))) return 4;
    return exitCodeOfChecks(checks);
  },
});

/** Servers that are printed together. */
const PORTION = 200;

/** What lies in the stores and cannot be read, as far as that is not said anyway. */
async function warnOfFiles(io: Io, { store, unreadable, failures }: KnownServers): Promise<void> {
  const said = new Set(failures.map(({ facts: { file } }) => file));
  for (const { file, reason, remedy } of unreadable ?? (await store.asides())) {
    if (said.has(file)) continue;
    io.complain(warningLine(io, `${plain(file, 1_000)}: ${reason}; ${remedy}`));
  }
}

const NEEDS_LOGIN: ReadonlySet<ServerState['state']> = new Set(['login_required', 'not_signed_in'] as const);

function needsLogin(server: ServerState): boolean {
  return server.enabled !== false && NEEDS_LOGIN.has(server.state) && !isReady(server);
}

function statusLines(
  { io, globals }: Deps,
  { server, record, state }: KnownServer,
  sharers: readonly string[],
  storedIn: string,
  online: OnlineState | undefined,
): readonly string[] {
  const nowMs = Date.now();
  const label = state.account === undefined ? '' : ` (${plain(state.account)})`;
  const heading = `${io.paint('bold', plain(state.name ?? state.url, 1_000))}${label}: ${stateText(io, state)}`;
  const grant = record?.grant;
  const { identityProvider: through } = state;
  const lines = facts([
    ['server', state.url],
    ['who', state.identity && identityText(state.identity)],
    ['grant', state.grant && `${grantWords(state)}: no person is needed`],
    ['through', through && `${plain(through.name, 200)} (${plain(through.issuer, 1_000)})`],
    ['issuer', grant && plain(grant.issuer, 1_000)],
    ['resource', grant?.resource === undefined ? undefined : shownUrl(grant.resource)],
    [
      'client',
      grant && grant.client.id !== ''
        ? `${plain(grant.client.id, 200)} (${CLIENT_WORDS[grant.client.origin]})`
        : undefined,
    ],
    ...(state.scopes === undefined ? [] : scopeFacts(state.scopes.requested, state.scopes.granted)),
    ['since', grant && isoTime(grant.signedInAtS)],
    ['bound', state.bound && 'to a key (DPoP), without which the token is of no use'],
    ['expires', record?.grant && expiryText(record, nowMs)],
    ...refreshFacts(record, nowMs),
    ['sign-in', lastSignInText(record, nowMs)],
    ['reason', record?.signInNeeded === undefined ? undefined : plain(record.signInNeeded)],
    ['reason', state.error && plain(state.error.message, 1_000)],
    [
      'tolerated',
      grant?.deviations?.length ? plain(grant.deviations.map(deviationText).join('; '), 2_000) : undefined,
    ],
    ['pending', state.pendingUntil && `a sign-in was begun; it can be finished until ${state.pendingUntil}`],
    ['overrides', server.overrides.length === 0 ? undefined : server.overrides.join(' ')],
    ['stored', grant && storedIn],
    [
      'shared',
      grant && sharers.length > 0
        ? `with ${plain(sharers.join(', '), 1_000)}: the same server, account, client, resource and issuer`
        : undefined,
    ],
    ['token', state.state === 'bearer' ? tokenPlace(server) : undefined],
    ['online', online && onlineText(online)],
  ]);
  const { name = server.settings.url, account } = state;
  // Also while the token lives: when it ends is a bad moment to be asked.
  const needed =
    usesSignIn(server) &&
    (needsLogin(state) || record?.signInNeeded !== undefined || online?.state === 'login_required');
  const command =
    state.pending === true || needed
      ? signInCommand({ ...globals, account }, name, { begun: state.pending })
      : undefined;
  return [heading, ...lines, ...(command === undefined ? [] : [`  run:  ${whole(command)}`])];
}

function tokenPlace({ settings }: ConfiguredServer): string {
  if (signInMode(settings) === 'header') return 'from the configured headers';
  if (settings.bearerToken === undefined) return 'none is configured';
  const { bearerToken = '' } = settings.places ?? {};
  return bearerToken.startsWith('in the variable') ? 'from the environment' : plain(bearerToken, 300);
}

const CLIENT_WORDS = {
  configured: 'configured',
  metadata_document: 'a metadata document',
  registered: 'registered dynamically',
} as const;
