import { writeFile } from 'node:fs/promises';
import { type CredentialRecord, didYouMean, judgeAccountLabel, McpassError, plain } from '@mcpass/auth';
import { findPassphrase, openExport, sealExport } from '@mcpass/node/transfer';
import { defineCommand, type Command } from '../command.js';
import { readConfiguration } from '../servers/configuration.js';
import { openCredentialStore, passphraseAsker } from '../servers/credential-store.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { openServer } from '../servers/server-access.js';
import { DEFAULT_ACCOUNT } from '../servers/server-state.js';
import { readNamedFile } from '../terminal/named-file.js';
import { readStandardInput } from '../terminal/standard-input.js';

const ACTIONS = ['export', 'import'] as const;

export interface CredentialOptions {
  readonly action: (typeof ACTIONS)[number];
  /** Of what is exported. */
  readonly server?: string;
  /** Where an import is read; standard input when it is "-". */
  readonly source: string;
  readonly output?: string | undefined;
  readonly force: boolean;
}

export const credential: Command = defineCommand<CredentialOptions>({
  name: 'credential',
  summary: 'carry a sign-in to another machine, encrypted',
  about: [
    'export writes the credential of one server, sealed with a passphrase: MCPASS_PASSPHRASE, an open file that MCPASS_PASSPHRASE_FD numbers, or asked for. import takes it over, under another label where --account names one.',
    'Use a sign-in in one place only: many servers exchange its refresh token at every renewal, and end it when an old one comes back.',
  ],
  examples: [
    { line: 'mcpass credential export linear --output linear.credential' },
    { line: 'mcpass credential import linear.credential' },
    { line: 'mcpass credential export linear | ssh server mcpass credential import -' },
  ],
  arguments: [
    { name: 'action', summary: ACTIONS.join(', '), completes: ACTIONS },
    {
      name: 'subject',
      summary: 'for export: a configured name or a URL; for import: a file, or "-" for standard input',
      optional: true,
      completes: 'server',
    },
  ],
  options: [
    { flags: '-o, --output <file>', summary: 'for export: write here', completes: 'file' },
    { flags: '--force', summary: 'replace a file or a sign-in that is there' },
  ],
  parse(input) {
    const word = input.required('action');
    const action = ACTIONS.find((candidate) => candidate === word);
    if (action === undefined) {
      throw usageError(
        `credential takes ${ACTIONS.join(' or ')}, not "${word}".${didYouMean(word, ACTIONS)}`,
      );
    }
    const subject = input.argument('subject');
    if (action === 'export' && subject === undefined) throw usageError('credential export needs SERVER.');
    const output = input.option('output');
    if (action === 'import' && output !== undefined) throw usageError('credential import takes no --output.');
    return {
      action,
      ...(action === 'export' && subject !== undefined ? { server: subject } : {}),
      source: subject ?? '-',
      output,
      force: input.flag('force'),
    };
  },
  run: (options, deps) =>
    options.action === 'export'
      ? exportCredential(options.server ?? '', options, deps)
      : importCredential(options, deps),
});

async function exportCredential(
  server: string,
  { output, force }: CredentialOptions,
  deps: Deps,
): Promise<ExitCode> {
  const { io } = deps;
  const { authorizer, name } = openServer(deps, server);
  const record = await authorizer.record();
  if (record?.grant === undefined) {
    throw new McpassError('login_required', `There is no sign-in to ${plain(name, 1_000)} here.`, {
      step: 'credential',
      fault: 'yours',
      remedy: { do: 'sign_in' },
    });
  }
  const text = await sealExport(record, await findPassphrase(passphraseOptions(deps), true));
  if (output === undefined) io.outRaw(text);
  else await writeExport(output, text, force);
  if (output !== undefined && io.json) io.outJson({ server: record.server, file: output });
  if (output !== undefined && !io.json)
    io.out(
      `Exported the sign-in to ${plain(name, 1_000)} to ${plain(output, 1_000)}, sealed with the passphrase.`,
    );
  if (record.grant.tokens.refresh !== undefined) {
    io.say(
      'Use it in one place only from now on: where refresh tokens rotate, two places that renew end the sign-in of both.',
    );
  }
  return 0;
}

async function writeExport(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx', mode: 0o600 });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') {
      throw usageError(`${path} is there already; --force replaces it.`);
    }
    throw thrown;
  }
}

async function importCredential({ source, force }: CredentialOptions, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const text = source === '-' ? await readStandardInput(deps) : await readExport(source);
  const carried = await openExport(text, () => findPassphrase(passphraseOptions(deps), false));
  const imported = { ...carried, account: deps.globals.account ?? carried.account };
  const problem = judgeAccountLabel(imported.account);
  if (problem !== undefined) {
    throw usageError(`The account of that credential ${problem}.`, {
      do: 'say',
      text: 'repeat the command with --account LABEL',
    });
  }
  const { config, paths } = readConfiguration(deps);
  const store = openCredentialStore(deps, config, paths);
  const record = await store.update(imported, (current) => Promise.resolve(taken(imported, current, force)));
  const { server, account } = imported;
  if (io.json) {
    io.outJson({ server, account, store: store.kind, location: store.location });
    return 0;
  }
  const label = account === DEFAULT_ACCOUNT ? '' : ` (${plain(account)})`;
  io.out(`Imported the sign-in to ${plain(server, 1_000)}${label}.`);
  io.out(`  stored  ${store.description}`);
  if (record?.grant?.tokens.refresh !== undefined) {
    io.say('Do not use it any more where it came from; logging out there would end it here too.');
  }
  return 0;
}

function readExport(path: string): Promise<string> {
  return readNamedFile(path, '', {
    do: 'say',
    text: 'name the file that mcpass credential export wrote, or - for standard input',
  });
}

function taken(
  imported: CredentialRecord,
  current: CredentialRecord | undefined,
  force: boolean,
): CredentialRecord {
  if (current?.grant !== undefined && !force) {
    throw usageError(`There is a sign-in to ${imported.server} here already.`, {
      do: 'say',
      text: 'repeat the command with --force to replace it, or with --account LABEL to keep both',
    });
  }
  return imported;
}

function passphraseOptions(deps: Deps): Parameters<typeof findPassphrase>[0] {
  return { env: deps.env, ask: passphraseAsker(deps) };
}
