import type { ConfiguredServer } from '@mcpass/node/config';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import type { OnlineCheck, OnlineState } from '../session/online-check.js';
import { withProgress } from '../terminal/progress.js';
import { type KnownServer, knownServers } from './known-servers.js';

/** What each server answered, by server and account. */
export interface OnlineChecks {
  of(server: ConfiguredServer): OnlineCheck | undefined;
  readonly all: readonly OnlineCheck[];
}

export const NOBODY_ASKED: OnlineChecks = { of: () => undefined, all: [] };

/** Servers that are asked at a time: each costs a connection, and a refresh that may be due. */
const AT_A_TIME = 8;

/** Greets all servers, or the one that is wanted, with what is stored or configured. */
export async function askServers(deps: Deps, wanted: string | undefined): Promise<OnlineChecks> {
  const { servers } = await knownServers(deps, wanted);
  // Without it nothing of an MCP client is loaded.
  const { checkOnline } = await import('../session/online-check.js');
  // There is nothing to ask about with a sign-in that was only begun.
  const asked = servers.filter(
    ({ server, state, onlyBegun }) => server.enabled && state.error === undefined && !onlyBegun,
  );
  const checks = new Map<string, OnlineCheck>();
  // One queue for all who ask: the next one is whoever nobody has asked yet.
  const queue = asked.values();
  const ask = async () => {
    for (const { server } of queue as Iterable<KnownServer>) {
      const { account } = server.settings;
      const globals = account === undefined ? deps.globals : { ...deps.globals, account };
      checks.set(keyOf(server), await checkOnline({ ...deps, globals }, server));
    }
  };
  await withProgress(deps, 'Asking', () => Promise.all(Array.from({ length: AT_A_TIME }, ask)));
  return { of: (server) => checks.get(keyOf(server)), all: [...checks.values()] };
}

function keyOf({ name, settings: { url, account } }: ConfiguredServer): string {
  return JSON.stringify([name, url, account]);
}

/** A sign-in that is needed before any other trouble. */
export function exitCodeOfChecks({ all }: OnlineChecks): ExitCode {
  const codes = all.map(({ exitCode }) => exitCode);
  return codes.includes(4) ? 4 : (codes.find((code) => code !== 0) ?? 0);
}

export function onlineText({ state, reason }: OnlineState): string {
  return reason === undefined ? ONLINE_WORDS[state] : `${ONLINE_WORDS[state]}: ${reason}`;
}

const ONLINE_WORDS: Readonly<Record<OnlineState['state'], string>> = {
  accepted: 'the server accepts it',
  none: 'the server answers without a sign-in',
  login_required: 'login required',
  forbidden: 'forbidden',
  unreachable: 'not reached',
  trouble: 'the server is in trouble',
};
