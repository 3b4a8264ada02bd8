import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { McpassError } from '@mcpass/auth';
import type { Environment } from '../../environment.js';
import { createKeyring, KeyringError } from './keyring.js';
import { findPassphrase, type AgreeToPlain, type AskPassphrase } from './passphrase.js';
import {
  derivePassphraseKey,
  newScryptParameters,
  parseScryptParameters,
  type ScryptParameters,
} from './passphrase-key.js';
import { checkValue, KEY_BYTES, matchesCheck, newKeyId, sealKey, type SealKey } from './seal-key.js';
import { readSmallFile, writeSmallFile } from '../files/small-file.js';
import type { SealedKind } from '../store-choice.js';
import { lostKey } from '../store-error.js';
import { exists } from '../store-places.js';

/** What a sealed store's directory says about its key, beside the records; nothing of the key itself. */
interface KeyFile {
  readonly keyId: string;
  readonly check: string;
  /** Of a passphrase store. */
  readonly kdf?: ScryptParameters;
}

/** Who can be asked for a key. */
export interface KeyHolders {
  readonly env: Environment;
  readonly ask?: AskPassphrase | undefined;
  /** Asked once, before the first plain file that nobody chose; absent where nobody has to agree. */
  readonly agreeToPlain?: AgreeToPlain | undefined;
}

const VERSION = 1;

export function keyFilePath(directory: string): string {
  return join(directory, 'key.json');
}

/** Makes a new key, gives it to its holder and describes it in the directory. Throws `KeyringError`, `store_…`. */
export async function createKey(kind: SealedKind, directory: string, holders: KeyHolders): Promise<SealKey> {
  const id = newKeyId();
  if (kind === 'passphrase') {
    const kdf = newScryptParameters();
    const key = await derivePassphraseKey(id, await findPassphrase(holders, true), kdf);
    await writeKeyFile(directory, { keyId: id, check: checkValue(key), kdf });
    return key;
  }
  const keyring = createKeyring(holders.env);
  await keyring.probe();
  const bytes = randomBytes(KEY_BYTES);
  await keyring.write(keyName(id), bytes);
  const key = sealKey(id, bytes);
  await writeKeyFile(directory, { keyId: id, check: checkValue(key) });
  return key;
}

/** The name of the key of a sealed store; undefined where the directory holds none. Throws `store_unreadable`. */
export async function readKeyId(directory: string): Promise<string | undefined> {
  return (await exists(keyFilePath(directory))) ? (await readKeyFile(directory)).keyId : undefined;
}

/** Throws `store_unreadable`: no passphrase or a wrong one, no keyring, a locked one, one without the key. */
export async function findKey(kind: SealedKind, directory: string, holders: KeyHolders): Promise<SealKey> {
  const { keyId, check, kdf } = await readKeyFile(directory);
  if (kind === 'keyring') return keyringKey(keyId, check, holders.env);
  if (kdf === undefined) throw lostKeyFile(keyFilePath(directory), 'it is damaged');
  const key = await derivePassphraseKey(keyId, await findPassphrase(holders, false), kdf);
  if (matchesCheck(key, check)) return key;
  throw lostKey(
    'The passphrase is wrong: the credentials were sealed with another one.',
    'run it again with the right one (MCPASS_PASSPHRASE); if it is forgotten',
  );
}

/** The file beside the records without which their key cannot be known. */
export function lostKeyFile(path: string, reason: string): McpassError {
  const hope = 'put it back from a backup; if there is none';
  return lostKey(`${path} cannot be used: ${reason}.`, hope, { file: path });
}

/** Takes the key from its holder; nothing that it sealed can be opened after that. Best effort. */
export async function forgetKey(keyId: string, env: Environment): Promise<void> {
  await removeKey(keyId, env).catch(() => undefined);
}

/** The same, for who has to know. Throws `store_unreadable`. */
export async function removeKey(keyId: string, env: Environment): Promise<void> {
  try {
    await createKeyring(env).remove(keyName(keyId));
  } catch (thrown) {
    throw thrown instanceof KeyringError ? noKeyring(thrown) : thrown;
  }
}

async function keyringKey(keyId: string, check: string, env: Environment): Promise<SealKey> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await createKeyring(env).read(keyName(keyId));
  } catch (thrown) {
    if (thrown instanceof KeyringError) throw noKeyring(thrown, thrown.trouble === 'none' ? GONE : '');
    throw thrown;
  }
  const key = bytes?.length === KEY_BYTES ? sealKey(keyId, bytes) : undefined;
  if (key !== undefined && matchesCheck(key, check)) return key;
  const holds = bytes === undefined ? 'holds no key' : 'holds another key';
  throw lostKey(
    `The keyring ${holds} under the name "${keyName(keyId)}".`,
    'run it again with the keyring that sealed the credentials; if that is gone',
    { keyId },
  );
}

/** What is left to do about sealed credentials on a machine that has lost its keyring for good. */
const GONE = '; if there is none any more: mcpass logout --all, then mcpass config store plain';

/** An error about a keyring, for people. */
export function noKeyring(cause: KeyringError, alsoDo: string = ''): McpassError {
  return new McpassError('store_unreadable', `The keyring cannot be used: ${cause.message}.`, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: `${KEYRING_REMEDIES[cause.trouble]}${alsoDo}` },
    cause,
    facts: { keyring: cause.trouble },
  });
}

const UNLOCK = 'unlock it (sign in to the desktop of this machine), then run the command again';

const KEYRING_REMEDIES: Readonly<Record<KeyringError['trouble'], string>> = {
  no_module: 'npm install -g @napi-rs/keyring@2, then run the command again',
  none: 'run the command in the session of your desktop (DBUS_SESSION_BUS_ADDRESS on Linux)',
  locked: UNLOCK,
  silent: UNLOCK,
  refused: 'look at the keyring with the tool of your system, then run the command again',
};

/** What the keyring calls a key. */
export function keyName(keyId: string): string {
  return `credentials ${keyId}`;
}

async function readKeyFile(directory: string): Promise<KeyFile> {
  const path = keyFilePath(directory);
  const damaged = () => lostKeyFile(path, 'it is damaged');
  const json = readSmallFile({ path, version: VERSION, damaged });
  if (json === undefined) throw lostKeyFile(path, 'it does not exist');
  const { keyId, check } = json;
  const kdf = json['kdf'] === undefined ? undefined : parseScryptParameters(json['kdf']);
  const wrongKdf = json['kdf'] !== undefined && kdf === undefined;
  if (typeof keyId !== 'string' || typeof check !== 'string' || wrongKdf) throw damaged();
  return { keyId, check, ...(kdf === undefined ? {} : { kdf }) };
}

function writeKeyFile(directory: string, file: KeyFile): Promise<void> {
  return writeSmallFile(keyFilePath(directory), { version: VERSION, ...file });
}
