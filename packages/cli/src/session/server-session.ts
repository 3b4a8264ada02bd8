import { findMcpassError, grantExtensions, McpassError, plain, quote } from '@mcpass/auth';
import {
  type AnswerPolicy,
  createPausableClock,
  type Listing,
  type Notice,
  type Progress,
  type Session,
  type SessionOptions,
} from '@mcpass/mcp';
import {
  createAuthorizedHttp,
  createFetchCarrier,
  createNodeHttpCarrier,
  openSessionOver,
  RPC,
} from '@mcpass/mcp/parts';
import { isProxied, systemClock } from '@mcpass/node/fetch';
import { createListingNotes } from '../completion/listing-notes.js';
import { checkAccount } from '../servers/account-check.js';
import type { Deps } from '../deps.js';
import { findPerson, takeTurns } from '../sign-in/person.js';
import { withProgress } from '../terminal/progress.js';
import { openServer, type ServerAccess } from '../servers/server-access.js';
import { VERSION } from '../version.js';
import { warn } from '../terminal/warning.js';

export interface SessionWish {
  /** Name or URL. */
  readonly server: string;
  /** A sign-in that turns out to be needed may be started. */
  readonly login: boolean;
  readonly answer?: AnswerPolicy;
  readonly onProgress?: (progress: Progress) => void;
}

/** Greets the server, works, and says goodbye however the work ends. */
export async function inSession<T>(
  deps: Deps,
  wish: SessionWish,
  work: (session: Session, access: ServerAccess) => Promise<T>,
): Promise<T> {
  const { server, login, ...options } = wish;
  await checkAccount(server, deps);
  const access = openServer(
    deps,
    server,
    login
      ? {
          calls: true,
          signIn: 'when_needed',
          person: ({ name }, { config, paths }) => ({
            user: findPerson(deps, {
              name,
              // Nobody else can go on with what the memory of this process keeps.
              unattended: config.credentialsStore === 'memory' ? 'given_up' : 'begun',
            }).user,
            turns: takeTurns(deps, config, paths, (line) => deps.io.say(line)),
          }),
        }
      : { calls: true, signIn: 'never' },
  );
  const notes = createListingNotes(access);
  const own = { ...options, onListing: notes.onListing };
  try {
    return await withProgress(deps, `Talking to ${plain(access.name)}`, () =>
      overAccess(deps, access, own, (session) => work(session, access)),
    );
  } finally {
    await notes.save();
  }
}

/** The same over an access that is open, without a word about progress. */
export async function overAccess<T>(
  deps: Deps,
  {
    server,
    authorizer,
    connecting,
    fetch,
  }: Pick<ServerAccess, 'server' | 'authorizer' | 'connecting' | 'fetch'>,
  options: Pick<
    SessionOptions,
    'answer' | 'onProgress' | 'onNotice' | 'onListing' | 'startupTimeoutMs' | 'requestTimeoutMs'
  >,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  // Nobody's timeout runs while a person signs in behind the fetch.
  const clock = createPausableClock();
  let resume: (() => void) | undefined;
  const unlisten = deps.events.listen((event) => {
    if (event.type !== 'consent') return;
    resume?.();
    resume = event.waiting ? clock.pause() : undefined;
  });
  const url = new URL(server.settings.url);
  // Only fetch knows the way through a proxy; without one there is a cheaper way.
  const carrier = isProxied(url, deps.env) ? createFetchCarrier(fetch) : createNodeHttpCarrier(connecting);
  const http = createAuthorizedHttp({
    carrier,
    authorization: authorizer,
    server: url,
    ports: { clock: systemClock, observe: deps.events.observe },
    onRefusal: () => undefined,
  });

  try {
    await using session = await openSessionOver(http, {
      url,
      clientInfo: { name: 'mcpass', version: VERSION, title: 'mcpass' },
      startupTimeoutMs: server.startupTimeoutMs,
      requestTimeoutMs: server.toolTimeoutMs,
      extensions: grantExtensions(server.settings),
      clock,
      signal: deps.signal,
      onNotice: (notice) => tell(deps, notice),
      ...(server.enabledTools !== undefined && { enabledTools: server.enabledTools }),
      ...(server.disabledTools !== undefined && { disabledTools: server.disabledTools }),
      ...options,
    });
    return await work(session);
  } finally {
    unlisten();
    resume?.();
    carrier.close();
  }
}

/** JSON-RPC's "invalid params", and MCP's own code for a resource that is not there. */
const CALLERS_MISTAKES: ReadonlySet<unknown> = new Set([RPC.invalidParams, RPC.resourceNotFound]);

/** A refusal of what was asked for is the caller's to mend: the same error, with the thing to do. */
export function asCallersMistake(thrown: unknown, text: string): unknown {
  const error = findMcpassError(thrown);
  if (error === undefined || !CALLERS_MISTAKES.has(error.facts['rpcCode'])) return thrown;
  return new McpassError(error.code, error.message, {
    step: 'session',
    fault: 'yours',
    facts: error.facts,
    cause: thrown,
    remedy: { do: 'say', text },
  });
}

function tell(deps: Deps, notice: Notice): void {
  const { io, globals } = deps;
  const detail = (log: string, told: string) => {
    const line = globals.verbosity > 1 ? `debug session: ${log}` : told;
    if (globals.verbosity > 0) io.complain(io.paint('dim', line, 'stderr'));
  };
  switch (notice.type) {
    case 'connected':
      return detail(
        `connected: protocol=${quote(notice.protocolVersion)} era=${notice.era} transport=${notice.transport}`,
        `Connected: the server speaks the protocol of ${quote(notice.protocolVersion)}, over ${notice.transport}.`,
      );
    case 'tool_dropped':
      return warn(deps, `the tool ${quote(notice.tool)} is left out: ${plain(notice.reason)}`);
    case 'question':
      return notice.action === 'accept'
        ? detail(
            `question accepted: ${quote(notice.message)}`,
            `The question of the server was accepted: ${quote(notice.message)}.`,
          )
        : io.say(
            `The server asked ${quote(notice.message)}; the answer was: ${notice.action}.${notice.reason === undefined ? '' : ` ${plain(notice.reason)}`}`,
          );
    case 'server_log':
      return detail(
        `server log (${plain(notice.level)}): ${quote(jsonText(notice.data))}`,
        `The server notes (${plain(notice.level)}): ${quote(jsonText(notice.data))}.`,
      );
    case 'oddity':
      return detail(plain(notice.text), plain(notice.text));
  }
}

function jsonText(data: unknown): string {
  return typeof data === 'string' ? data : (JSON.stringify(data) ?? '');
}

/** A list that this server does not have is an answer, and an empty one. */
export function sayUnsupported({ io }: Deps, name: string, what: string, listing: Listing): void {
  if (!listing.supported) io.say(`${plain(name)} offers no ${what}.`);
  else if (listing.items.length === 0) io.say(`${plain(name)} has no ${what} at the moment.`);
}
