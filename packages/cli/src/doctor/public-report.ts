import { homedir } from 'node:os';
import {
  type CredentialRecord,
  isIssuedKey,
  isSecretName,
  looksRandom,
  Secret,
  type ServerSettings,
  shownUrl,
} from '@mcpass/auth';
import type { Turn } from './conversation.js';
import type { Report } from './report.js';
import type { Row } from './row.js';

/* A report that is shown to others. Events and errors carry no secret of ours; but a server may have repeated one, and an
   address may be one. */

const MASK = '[secret]';
/** A shorter word is no secret that anybody could keep. */
const SHORTEST = 6;

/** The secrets that are known here: what is stored, and what is configured. */
export async function secretsOf(
  settings: ServerSettings | undefined,
  record: CredentialRecord | undefined,
): Promise<readonly string[]> {
  const found = new Set<string>();
  collect(record, found);
  for (const [name, value] of Object.entries(settings?.headers ?? {})) {
    // Behind the scheme, where there is one.
    if (isSecretName(name)) found.add(value.replace(/^\S+ /, ''));
  }
  for (const source of [settings?.bearerToken, settings?.client?.secret]) {
    const secret = await source?.().catch(() => undefined);
    if (secret !== undefined) found.add(secret.reveal());
  }
  return [...found]
    .filter((secret) => secret.length >= SHORTEST)
    .toSorted((one, other) => other.length - one.length);
}

function collect(value: unknown, into: Set<string>): void {
  if (value instanceof Secret) into.add(value.reveal());
  else if (typeof value === 'object' && value !== null)
    for (const each of Object.values(value)) collect(each, into);
}

/** Whoever reads it: what is known to be secret is in nothing that is shown, whoever repeated it. */
export function withoutSecrets(report: Report): Report {
  const { secrets } = report.known;
  return secrets.length === 0 ? report : withTexts(report, (text) => maskAll(text, secrets));
}

/** Besides: without what looks like a secret, the address where it is one, and the name of the person's home. */
export function publicReport(report: Report): Report {
  const { addresses } = report.known;
  const home = homedir();
  return withTexts(report, (text) => {
    let shown = addresses.reduce((seen, address) => seen.replaceAll(address, shownUrl(address)), text);
    if (home.length > 1) shown = shown.replaceAll(home, '~');
    return shown.replaceAll(/[\w.~+/=:-]{20,}/g, maskWord);
  });
}

function maskAll(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text);
}

function withTexts(report: Report, clean: (text: string) => string): Report {
  const { server } = report;
  return {
    ...report,
    ...(server !== undefined && { server: clean(server) }),
    sections: report.sections.map(({ title, rows }) => ({
      title,
      rows: rows.map((row) => cleanRow(row, clean)),
    })),
    turns: report.turns.map((turn) => cleanTurn(turn, clean)),
  };
}

function maskWord(word: string): string {
  // The parts of an address are judged where it was made into text; a path of this machine is no secret.
  if (/^(?:https?:)?\/\/|^[~/]/.test(word)) return word.split('/').map(maskPart).join('/');
  return maskPart(word);
}

function maskPart(word: string): string {
  if (isIssuedKey(word)) return MASK;
  // The name of a host, of a metadata document or of a release is not one.
  return looksRandom(word) && !/^[a-z\d.:-]+$/.test(word) ? MASK : word;
}

function cleanRow(row: Row, clean: (text: string) => string): Row {
  const { message, fix } = row;
  return { ...row, message: clean(message), ...(fix !== undefined && { fix: clean(fix) }) };
}

function cleanTurn(turn: Turn, clean: (text: string) => string): Turn {
  return turn.kind === 'exchange' ? { ...turn, path: clean(turn.path) } : { ...turn, text: clean(turn.text) };
}
