import { Secret } from '@mcpass/auth';
import { noteAccount } from '../completion/listing-notes.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { sayNewAccount } from '../servers/account-check.js';
import { openServer } from '../servers/server-access.js';
import { askHidden } from '../terminal/hidden-line.js';
import { nextCommand } from '../terminal/next-command.js';
import { readStandardInput } from '../terminal/standard-input.js';
import { whole } from '../terminal/wrap.js';
import { bringClient, type ClientWish } from './brought-client.js';
import { checkSignsIn, isNotWanted, keepBrought, sayNotWanted, sayOutcome } from './one-step.js';

/** Keeps the tokens of a sign-in that was made elsewhere; they come on standard input and never as an argument. */
export async function signInWithToken(
  nameOrUrl: string,
  { client }: ClientWish,
  deps: Deps,
): Promise<ExitCode> {
  const { io, globals } = deps;
  const brought = client && (await bringClient(nameOrUrl, client, deps));
  const access = openServer(deps, nameOrUrl, { client: brought?.settings, newCredential: true });
  checkSignsIn(access);
  const tokens = await readTokens(deps);
  await access.store.probe();
  const before = await access.authorizer.record();
  if (before?.grant === undefined) await sayNewAccount(nameOrUrl, deps);
  try {
    const record = await access.authorizer.adoptTokens(tokens, { signal: deps.signal });
    await noteAccount(access);
    const named = await keepBrought(access, brought);
    const code = sayOutcome({ access: named, record, before, fresh: true }, deps);
    const status = nextCommand(globals, 'status', named.name, '--online');
    io.say(`The token was not tried:  ${whole(status)} asks the server`);
    return code;
  } catch (thrown) {
    if (!isNotWanted(thrown)) throw thrown;
    return sayNotWanted(access, deps);
  }
}

async function readTokens(deps: Deps): Promise<Secret> {
  const { io, signal } = deps;
  if (io.streams.stdin.isTTY !== true) return new Secret(await readStandardInput(deps));
  if (!io.canAsk)
    throw usageError('--with-token reads a pipe or a file, or asks at a terminal where it may ask.');
  return new Secret(
    await io.converse(() => askHidden('Token, or token answer in JSON (not shown): ', signal)),
  );
}
