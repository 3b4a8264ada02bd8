import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasSecretService, startSecretService } from '../../node/test/fixtures/secret-service.js';
import { createMachine, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';
import { atTerminal, hasTerminal } from './harness/terminal.js';

/* What mcpass brought to a machine goes when it is told to, and nothing else does. */

const CURSOR = '{ "mcpServers": { "mine": { "command": "mine" } } }\n';
const RECORD = `${'ab'.repeat(32)}.json`;

/** A machine that is signed in as two, with a secret that was typed in and two hosts that use the bridge. */
async function used(env: Readonly<Record<string, string>> = {}) {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  const run = async (...words: readonly string[]) => {
    const ended = await machine.runWith({ env, stdin: 'secret' }, ...words);
    expect(ended.code, ended.stderr).toBe(0);
    return ended;
  };
  await run('add', 'one', sandbox.url);
  await run('login', 'one');
  await run('login', 'one', '--account', 'work');
  await run('add', 'own', 'https://own.example/mcp', '--client-id', 'x', '--client-secret-stdin');
  const root = dirname(machine.home);
  const cursor = join(root, '.cursor/mcp.json');
  mkdirSync(dirname(cursor));
  writeFileSync(cursor, CURSOR);
  await run('connect', 'cursor', 'one', '--write');
  await run('connect', 'cursor', 'own', '--write');
  await run('connect', 'goose', 'one', '--write');
  return { sandbox, machine, root, cursor };
}

/** Every path below a directory. */
const treeOf = (directory: string) => readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();

describe('uninstall', () => {
  test('lists, asks, and then takes everything away that is of mcpass', async () => {
    const { sandbox, machine, root, cursor } = await used();
    const before = treeOf(root);

    const unasked = await machine.run('uninstall');
    expect([unasked.code, unasked.stdout]).toEqual([2, '']);
    expect(unasked.stderr).toContain('it needs --yes');
    expect((await machine.run('uninstall', '--yes', '--account', 'work')).code).toBe(2);

    const listed = (await machine.run('uninstall', '--dry-run', '--json')).json();
    const hosts = [
      { host: 'cursor', name: 'own', file: cursor },
      { host: 'cursor', name: 'one', file: cursor },
      { host: 'goose', name: 'one', file: join(root, '.config/goose/config.yaml') },
    ];
    expect(listed).toMatchObject({
      schema: 1,
      dryRun: true,
      servers: [{ name: 'one' }, { name: 'one', account: 'work' }],
      hosts,
      keys: [],
      removed: expect.arrayContaining([machine.configFile, machine.home]) as string[],
      failures: [],
    });
    expect((await machine.run('uninstall', '--dry-run')).stdout).toContain('Would log out of one (work)\n');
    expect(treeOf(root)).toEqual(before);
    expect(sandbox.log.of('revoke')).toEqual([]);

    const done = await machine.run('uninstall', '--yes', '--json');
    expect([done.code, done.stderr]).toEqual([0, '']);
    const backups = readdirSync(dirname(cursor)).filter((name) => name.includes('.mcpass-backup-'));
    expect(done.json()).toMatchObject({
      dryRun: false,
      servers: [
        { name: 'one', revocation: 'revoked', deleted: true },
        { name: 'one', account: 'work', revocation: 'revoked', deleted: true },
      ],
      hosts,
      left: backups.toReversed().map((name) => join(dirname(cursor), name)),
      failures: [],
    });
    expect(sandbox.log.of('revoke').length).toBeGreaterThanOrEqual(2);
    expect(readFileSync(cursor, 'utf8')).toBe(CURSOR);
    expect(existsSync(machine.home)).toBe(false);
    expect(existsSync(join(root, '.config/goose/config.yaml'))).toBe(false);

    for (const name of backups) rmSync(join(dirname(cursor), name));
    const again = await machine.run('uninstall', '--yes');
    expect([again.code, again.stdout]).toEqual([0, 'Nothing of mcpass is here.\n']);
    expect(existsSync(machine.home)).toBe(false);
  });

  test('leaves what is not of mcpass, follows no link, and names both', async () => {
    const { machine, root } = await used();
    const elsewhere = join(root, 'elsewhere');
    const data = join(machine.home, 'data');
    mkdirSync(join(elsewhere, 'records'), { recursive: true });
    writeFileSync(join(elsewhere, 'records', RECORD), 'not ours');
    writeFileSync(join(elsewhere, 'file'), 'not ours');
    const foreign = [
      join(machine.home, 'Cargo.lock'),
      join(data, 'client-secrets/of-mine'),
      join(data, 'credentials/notes.json'),
    ];
    for (const file of foreign) writeFileSync(file, 'not ours');
    const links = [join(data, 'credentials', RECORD), join(data, 'credentials-passphrase')];
    symlinkSync(join(elsewhere, 'file'), links[0] ?? '');
    symlinkSync(join(elsewhere, 'records'), links[1] ?? '');
    // Somebody keeps the locks elsewhere.
    rmSync(join(machine.home, 'state'), { recursive: true });
    mkdirSync(join(elsewhere, 'state/locks'), { recursive: true });
    writeFileSync(join(elsewhere, 'state/locks/one.lock'), 'not ours');
    links.push(join(machine.home, 'state'));
    symlinkSync(join(elsewhere, 'state'), join(machine.home, 'state'));
    // The configuration of another program, named for once.
    const named = join(root, 'codex.toml');
    writeFileSync(named, '[mcp_servers.two]\nurl = "https://two.example/mcp"\n');

    const done = await machine.run('uninstall', '--yes', '--json', '--config', named);
    const { left } = done.json() as { left: string[] };
    expect(left).toEqual(expect.arrayContaining([...foreign, ...links.slice(1), named]));
    expect(treeOf(elsewhere)).toEqual(
      ['file', 'records', `records/${RECORD}`, 'state', 'state/locks', 'state/locks/one.lock'].sort(),
    );
    expect(readFileSync(join(elsewhere, 'file'), 'utf8')).toBe('not ours');
    expect(treeOf(machine.home)).toEqual(
      expect.arrayContaining(['Cargo.lock', 'data/client-secrets/of-mine', 'data/credentials/notes.json']),
    );
    expect(existsSync(machine.configFile)).toBe(false);
    expect(existsSync(named)).toBe(true);
  });

  test('goes on after what fails, and says each of it', async () => {
    const { sandbox, machine, root, cursor } = await used();
    const claude = join(root, '.claude.json');
    writeFileSync(claude, '{ "mcpServers": { "one": { "command": "mcpass", ');
    // Neither can be read, but this one is not about mcpass.
    mkdirSync(join(root, '.gemini'));
    writeFileSync(join(root, '.gemini/settings.json'), '{ ');
    const stranger = join(machine.home, 'data/credentials', RECORD);
    mkdirSync(stranger);

    const { code, stdout, stderr } = await machine.run('uninstall', '--yes');
    expect(code).toBe(2);
    expect(stdout.match(/^Logged out of .*revoked at the server$/gm)).toHaveLength(2);
    expect(stdout).toContain(`${stranger}: not deleted here`);
    expect(stdout).toContain(`Left alone: ${stranger}\n`);
    expect(stderr).toContain(`Failed too: ${stranger} cannot be written`);
    expect(stderr).toContain(claude);
    expect(stderr).not.toContain('gemini');
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^(?:error: | {2})/);
    expect(readFileSync(cursor, 'utf8')).toBe(CURSOR);
    expect(sandbox.log.of('revoke').length).toBeGreaterThanOrEqual(2);
    expect(treeOf(machine.home)).toEqual(['data', 'data/credentials', `data/credentials/${RECORD}`]);
  });

  test('needs no configuration that can be read', async () => {
    const { machine } = await used();
    writeFileSync(machine.configFile, 'credentials_store = ');
    const { code, stdout } = await machine.run('uninstall', '--yes');
    expect(code).toBe(0);
    expect(stdout.match(/deleted here, not revoked, because that failed/g)).toHaveLength(2);
    expect(treeOf(machine.home)).toEqual(['data', 'data/client-secrets', 'data/client-secrets/own']);
  });

  test.skipIf(!hasTerminal)('at a terminal waits for a yes', async () => {
    const machine: Machine = createMachine();
    await machine.run('add', 'one', 'https://one.example/mcp');
    const kept = await atTerminal(
      machine,
      ['uninstall'],
      [
        ['Do all of that? [y/N] ', 'Bob'],
        ['Do all of that? [y/N] ', 'n'],
      ],
    );
    expect(kept).toContain(`Would remove ${machine.configFile}`);
    expect(kept).toContain('Nothing was changed.');
    expect(existsSync(machine.configFile)).toBe(true);
    const gone = await atTerminal(machine, ['uninstall'], [['Do all of that? [y/N] ', 'y']]);
    expect(gone).toContain(`Removed ${machine.home}`);
    expect(existsSync(machine.home)).toBe(false);
  });

  test.skipIf(!hasSecretService())(
    'removes its key from the keyring, or says that it is still there',
    async () => {
      const service = await startSecretService();
      try {
        const { HOME: _, ...env } = service.env;
        const { machine } = await used(env);
        const here = await machine.run('uninstall', '--yes');
        expect(here.code).toBe(6);
        expect(here.stderr).toContain('The keyring cannot be used');
        // What says which key it is stays with it.
        expect(treeOf(machine.home)).toEqual([
          'data',
          'data/credentials-keyring',
          'data/credentials-keyring/key.json',
          'data/store.json',
        ]);
        const there = await machine.runWith({ env }, 'uninstall', '--yes');
        expect([there.code, there.stderr]).toEqual([0, expect.stringContaining('npm uninstall -g mcpass')]);
        expect(there.stdout).toMatch(/^Removed the key "credentials \S+" from the keyring$/m);
        expect(existsSync(machine.home)).toBe(false);
      } finally {
        service.stop();
      }
    },
  );
});
