import { isUnattended, signInMode } from '@mcpass/auth';
import { checkAddress } from '@mcpass/node/sign-in';
import { sayNewAccount } from '../servers/account-check.js';
import { noteAccount } from '../completion/listing-notes.js';
import type { Deps } from '../deps.js';
import { codeJson } from './device-code.js';
import { isoTime } from '../terminal/moment.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { findPerson } from './person.js';
import { bringClient, type ClientWish } from './brought-client.js';
import { ownClientWords } from '../servers/own-client.js';
import { openServer } from '../servers/server-access.js';
import { signInCommand } from '../terminal/next-command.js';
import { whole } from '../terminal/wrap.js';
import {
  checkSignsIn,
  isNotWanted,
  keepBrought,
  probeKnown,
  sayNotWanted,
  sayOutcome,
  signInTo,
} from './one-step.js';

/* A sign-in for scripts and agents, which cannot wait: one command begins it, another one finishes it. */

/** Begins a sign-in, says which address to open and what to run then, and ends with 7 (pending). */
export async function beginSignInTo(
  nameOrUrl: string,
  { client, ...wish }: ClientWish,
  deps: Deps,
): Promise<ExitCode> {
  const { io } = deps;
  const brought = client && (await bringClient(nameOrUrl, client, deps));
  const access = openServer(deps, nameOrUrl, {
    client: brought?.settings,
    device: wish.device,
    person: ({ name }) => ({ user: findPerson(deps, { name, answeredElsewhere: true }).user }),
    consentTimeoutMs: wish.timeoutMs,
  });
  const { name, server, store, authorizer } = access;
  // There is nothing to wait for.
  if (isUnattended(server.settings) || signInMode(server.settings) === 'bearer')
    return signInTo(nameOrUrl, wish, deps);
  checkSignsIn(access);
  if (store.kind === 'memory') {
    throw usageError(
      '--no-wait needs a store that keeps what --resume finishes; the memory store keeps nothing.',
    );
  }
  await sayNewAccount(nameOrUrl, deps);
  await authorizer.record();
  await probeKnown(store);
  const start = {
    ...(wish.scopes.length > 0 ? { scopes: wish.scopes } : {}),
    ...(wish.clientMove && { clientMove: wish.clientMove }),
  };
  const asked = await authorizer.beginSignIn({ ...start, signal: deps.signal }).catch((thrown: unknown) => {
    if (isNotWanted(thrown)) return undefined;
    throw thrown;
  });
  if (asked === undefined) return sayNotWanted(access, deps);
  const { expiresAtS, device } = asked;
  const next = signInCommand(deps.globals, name, { begun: true, client: client && ownClientWords(client) });
  const expiresAt = isoTime(expiresAtS);
  if (device !== undefined) {
    if (io.json) io.outJsonLine({ ...codeJson(device, expiresAtS), next });
    else {
      io.out(checkAddress(device.verificationUri).href);
      io.out(device.userCode);
      io.say(`Enter this code at that address before ${expiresAt}, on any device. Then run`);
      io.say(`  ${next}`);
    }
    return 7;
  }
  const authorizationUrl = checkAddress(asked.authorizationUrl).href;
  if (io.json) {
    io.outJson({ state: 'pending', authorizationUrl, expiresAt, next });
    return 7;
  }
  io.out(authorizationUrl);
  io.say(`Open this address before ${expiresAt}. Then run`);
  io.say(`  ${whole(next)}`);
  io.say('and paste the address that the browser ended on.');
  return 7;
}

/**
 * Waits for the answer to the sign-in that was begun: at the listener, or as the address that the browser ended on, from
 * standard input.
 */
export async function finishSignInTo(
  nameOrUrl: string,
  { client, ...wish }: ClientWish,
  deps: Deps,
): Promise<ExitCode> {
  const brought = client && (await bringClient(nameOrUrl, client, deps));
  const access = openServer(deps, nameOrUrl, {
    client: brought?.settings,
    person: ({ name }) => ({
      user: findPerson(deps, {
        name,
        noBrowser: true,
        pasteWithoutTerminal: true,
        unattended: 'begun',
        answeredElsewhere: true,
      }).user,
    }),
    consentTimeoutMs: wish.timeoutMs,
  });
  if (isUnattended(access.server.settings)) return signInTo(nameOrUrl, wish, deps);
  const before = await access.authorizer.record();
  const record = await access.authorizer.finishSignIn({ signal: deps.signal });
  await noteAccount(access);
  const named = await keepBrought(access, brought);
  return sayOutcome({ access: named, record, before, fresh: true }, deps);
}
