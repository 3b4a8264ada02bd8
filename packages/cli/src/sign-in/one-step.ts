import {
  type ClientMove,
  type DeviceRequest,
  credentialState,
  grantWords,
  isMcpassError,
  isUnattended,
  plain,
  shownUrl,
  signInMode,
  type CredentialRecord,
  type McpassError,
  type ServerSettings,
  type User,
} from '@mcpass/auth';
import { noteAccount } from '../completion/listing-notes.js';
import { sayNewAccount } from '../servers/account-check.js';
import type { Deps } from '../deps.js';
import { tellingCode } from './device-code.js';
import type { ExitCode } from '../exit.js';
import { asMcpassError, configureText, reworded, usageError } from '../failure.js';
import { type IdentityState, identityState, identityText } from '../servers/identity-text.js';
import { findPerson, takeTurns } from './person.js';
import { serverJson } from '../servers/server-json.js';
import { openServer, type ServerAccess } from '../servers/server-access.js';
import { describeServer, usesSignIn } from '../servers/server-state.js';
import { nextCommand, signInCommand } from '../terminal/next-command.js';
import { expiryText, scopeFacts } from '../servers/sign-in-facts.js';
import { facts } from '../terminal/table.js';
import { whole } from '../terminal/wrap.js';

/** A client that is written to the configuration once it has signed in. */
export interface BroughtClient {
  readonly settings: Pick<ServerSettings, 'client' | 'places'>;
  /** Writes it, says so, and returns the name that the server has then. */
  keep(): Promise<string>;
}

export interface SignInWish {
  readonly scopes: readonly string[];
  readonly force: boolean;
  readonly browser?: string | undefined;
  readonly noBrowser?: boolean;
  readonly timeoutMs?: number | undefined;
  /** By a code on any device. */
  readonly device?: boolean;
  /** A client of one's own, in place of the one that is configured. */
  readonly brought?: BroughtClient | undefined;
  /** The configured client belongs to another authorization server now. */
  readonly clientMove?: ClientMove | undefined;
  /** What the JSON answer tells besides. */
  readonly also?: object;
}

/** Signs in to one server and says what came of it. */
export async function signInTo(nameOrUrl: string, wish: SignInWish, deps: Deps): Promise<ExitCode> {
  let obstacle: McpassError | undefined;
  let isDevice = false;
  const access: ServerAccess = openServer(deps, nameOrUrl, {
    client: wish.brought?.settings,
    signIn: 'when_needed',
    device: wish.device,
    person(server, { config, paths }) {
      if (isUnattended(server.settings)) return {};
      const person = findPerson(deps, {
        name: server.name,
        browser: wish.browser,
        noBrowser: wish.noBrowser === true,
        deviceCommand: nextCommand(deps.globals, 'login', server.name ?? server.settings.url, '--device'),
      });
      isDevice = server.settings.grant === 'device_code';
      // A code is entered somewhere else.
      if (!isDevice) obstacle = person.obstacle;
      const told = isDevice ? tellingCode(person.user, deps) : person.user;
      const user = probingFirst(told, () => access.store.probe());
      return { user, turns: takeTurns(deps, config, paths, (line) => deps.io.say(line)) };
    },
    consentTimeoutMs: wish.timeoutMs,
  });
  if (signInMode(access.server.settings) === 'bearer') return sayToken(access, deps);
  checkSignsIn(access);
  // At once, before anything is asked or registered: nobody could answer.
  if (obstacle !== undefined && (await needsPerson(access, wish))) throw obstacle;
  const before = await access.authorizer.record();
  await probeKnown(access.store);
  if (before?.grant === undefined) await sayNewAccount(nameOrUrl, deps);
  try {
    const { fresh, record } = await access.authorizer.signIn({
      force: wish.force,
      ...(wish.scopes.length > 0 ? { scopes: wish.scopes } : {}),
      ...(wish.clientMove && { clientMove: wish.clientMove }),
      signal: deps.signal,
    });
    await noteAccount(access);
    const named = await keepBrought(access, wish.brought);
    return sayOutcome({ access: named, record, before, fresh, also: wish.also, inLine: isDevice }, deps);
  } catch (thrown) {
    if (!isNotWanted(thrown)) throw thrown;
    return sayNotWanted(access, deps, wish.also);
  }
}

/** The client that has signed in is written down; a server that was only a URL has a name from then on. */
export async function keepBrought(
  access: ServerAccess,
  brought: BroughtClient | undefined,
): Promise<ServerAccess> {
  if (brought === undefined) return access;
  const name = await brought.keep();
  return { ...access, name, server: { ...access.server, name } };
}

/**
 * Nothing is registered, and no code spent, for a store that cannot keep what comes of it. Where it is not yet decided which
 * store that is, it is when the server is found and takes clients: nobody hears of files on the way to a sign-in that comes to
 * nothing before that.
 */
export async function probeKnown(store: ServerAccess['store']): Promise<void> {
  if (store.kind !== 'auto') await store.probe();
}

function probingFirst(user: User, probe: () => Promise<void>): User {
  const { showCode } = user;
  return {
    ...user,
    async receive(wish) {
      await probe();
      return user.receive(wish);
    },
    ...(showCode && {
      async showCode(request: DeviceRequest) {
        await probe();
        return showCode(request);
      },
    }),
  };
}

/** A token from elsewhere is as good as a sign-in; it is fetched, to see that it is there. */
export async function sayToken(access: ServerAccess, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { server, store, authorizer, name } = access;
  await authorizer.accessToken().catch((thrown: unknown) => {
    // The person may have given only its URL.
    const error = asMcpassError(thrown);
    throw reworded(error, `${entryText(access)} is used with a token: ${error.message}`);
  });
  if (io.json) {
    io.outJson({ fresh: false, server: serverJson(server, undefined, store, Date.now()) });
    return 0;
  }
  const place = plain(server.settings.places?.bearerToken ?? 'in the configuration', 300);
  io.out(`${io.paint('green', 'Ready')}: ${plain(name, 1_000)} needs no person to sign in`);
  io.out(`  token  ${place}`);
  io.say(`Try:  ${nextCommand(deps.globals, 'tools', name)}`);
  return 0;
}

/** True for what ends a sign-in to a server that answers without one. */
export function isNotWanted(thrown: unknown): boolean {
  return isMcpassError(thrown) && thrown.code === 'login_not_wanted';
}

/** There is nothing to sign in to, which is as good as a sign-in. */
export async function sayNotWanted(access: ServerAccess, deps: Deps, also?: object): Promise<ExitCode> {
  const { io, globals } = deps;
  const { server, store, authorizer, name } = access;
  if (io.json) {
    const record = await authorizer.record();
    io.outJson({ ...also, fresh: false, server: serverJson(server, record, store, Date.now()) });
    return 0;
  }
  io.out(`${plain(name, 1_000)} wants no sign-in: it can be used as it is`);
  const tools = nextCommand(globals, 'tools', name);
  io.say(`Try:  ${whole(tools)}`);
  return 0;
}

interface SignedIn {
  readonly access: ServerAccess;
  readonly record: CredentialRecord;
  /** What was there when the person asked. */
  readonly before: CredentialRecord | undefined;
  /** False when the sign-in was there already. */
  readonly fresh: boolean;
  readonly also?: object | undefined;
  /** As JSON in one line: another one may have been printed before it. */
  readonly inLine?: boolean;
}

/** Who, where, which scopes, until when, where it is kept, and what to do next. */
export function sayOutcome(
  { access, record, before, fresh, also, inLine = false }: SignedIn,
  deps: Deps,
): ExitCode {
  const { io, globals } = deps;
  const previousIdentity = otherPerson(before, record);
  if (previousIdentity !== undefined) sayOtherPerson(previousIdentity, access, deps);
  if (io.json) {
    const changed = previousIdentity && { previousIdentity };
    const print = inLine ? io.outJsonLine : io.outJson;
    print({
      ...also,
      fresh,
      ...changed,
      server: serverJson(access.server, record, access.store, Date.now()),
    });
    return 0;
  }
  const { settings } = access.server;
  if (isUnattended(settings)) {
    io.out(`${io.paint('green', 'Ready')}: ${access.name}${accountOf(access)} needs no person to sign in`);
  } else {
    const verb = fresh ? 'Signed in' : 'Already signed in';
    io.out(`${io.paint('green', verb)} to ${access.name}${accountOf(access)}`);
  }
  for (const line of signInFacts(access, record, Date.now())) io.out(line);
  sayPin(access, record, deps);
  if (fresh) sayNext(access, deps);
  else {
    const status = nextCommand(globals, 'status', access.name, '--online');
    io.say(`Known here, not asked of the server:  ${whole(status)} asks it`);
  }
  if (!fresh && !isUnattended(settings))
    io.say(`To sign in anew:  ${whole(signInCommand(globals, access.name, { force: true }))}`);
  return 0;
}

/** Pure. Who had signed in, where that is known to have been another person: a subject is one person at one issuer. */
function otherPerson(
  before: CredentialRecord | undefined,
  { grant }: CredentialRecord,
): IdentityState | undefined {
  const earlier = before?.grant;
  if (earlier?.identity === undefined || grant?.identity === undefined) return undefined;
  const same = earlier.issuer !== grant.issuer || earlier.identity.subject === grant.identity.subject;
  return same ? undefined : identityState(earlier.identity);
}

/** The browser was signed in as somebody else, perhaps without anybody noticing. */
function sayOtherPerson(earlier: IdentityState, { name }: ServerAccess, { io, globals }: Deps): void {
  io.say(`Note: that is another person than before, who was ${identityText(earlier)}.`);
  const again = signInCommand(globals, name, { force: true });
  io.say(`If it should not be, sign out of that page in the browser, then:  ${whole(again)}`);
}

/** The line that keeps a client of one's own where it is, before anybody names another place. */
function sayPin({ name, server, paths }: ServerAccess, { grant }: CredentialRecord, { io }: Deps): void {
  if (grant?.client.origin !== 'configured' || server.settings.issuer !== undefined) return;
  const line = {
    do: 'configure',
    key: 'oauth.issuer',
    value: JSON.stringify(plain(grant.issuer, 1_000)),
  } as const;
  io.say(`To pin it:  ${configureText(line, { server: name, configFile: paths.configFile })}`);
}

function sayNext({ name, store, server }: ServerAccess, { io, globals }: Deps): void {
  // What no later command will find can only be used by the one that signs in.
  const forgets = store.kind === 'memory' && !isUnattended(server.settings);
  if (forgets) io.say('This sign-in ends with this command: the memory store keeps nothing.');
  const tools = nextCommand(globals, 'tools', name);
  io.say(`Try:  ${whole(`${tools}${forgets ? ' --login' : ''}`)}`);
}

/** The entry of the configuration, and where it stands. */
function entryText({ name, server: { origin } }: ServerAccess): string {
  if (origin === undefined) return name;
  return `${name} (${origin.place}${origin.line === undefined ? '' : `:${origin.line}`})`;
}

/** Throws `usage`, with the entry of the configuration that says so: the person may have given only its URL. */
export function checkSignsIn(access: ServerAccess): void {
  if (usesSignIn(access.server)) return;
  throw usageError(`${entryText(access)} is configured to be used without a sign-in.`, {
    do: 'say',
    text: 'remove auth, bearer_token_env_var or the Authorization header to sign in',
  });
}

async function needsPerson({ authorizer }: ServerAccess, wish: SignInWish): Promise<boolean> {
  if (wish.force || wish.scopes.length > 0) return true;
  const state = credentialState(await authorizer.record(), Date.now());
  return state === 'not_signed_in' || state === 'login_required';
}

function accountOf({ server }: ServerAccess): string {
  const { account } = server.settings;
  return account === undefined ? '' : ` as "${plain(account)}"`;
}

/** What a sign-in amounts to, one fact a line. */
function signInFacts(access: ServerAccess, record: CredentialRecord, nowMs: number): string[] {
  const { server, store } = access;
  const { grant } = record;
  if (grant === undefined) return [];
  const { scopes, identity } = describeServer(server, record, store, nowMs);
  return facts([
    ['who', identity && identityText(identity)],
    ['grant', isUnattended(server.settings) ? grantWords(server.settings) : undefined],
    ['server', shownUrl(server.settings.url)],
    ['issuer', plain(grant.issuer, 1_000)],
    ...scopeFacts(scopes?.requested ?? [], scopes?.granted ?? []),
    ['expires', expiryText(record, nowMs)],
    ['stored', store.description],
  ]);
}
