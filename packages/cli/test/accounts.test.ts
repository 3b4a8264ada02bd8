import { describe, expect, test } from 'vitest';
import { UNSAFE_TEXT } from '../../auth/test/support/unsafe-text.js';
import { createMachine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/* Which account a command is about, and which person has signed in to it. */

const ADA = { name: 'Ada Lovelace', email: 'ada@sandbox.test', subject: 'ada@sandbox.test' };
const GRACE = { name: 'Grace Hopper', email: 'grace@sandbox.test', subject: 'grace@sandbox.test' };
const AS_GRACE = { env: { SANDBOX_PERSON: GRACE.subject } };

describe('who has signed in', () => {
  test('is shown by login, status and list, tells two accounts apart, and is still known after a renewal', async () => {
    const sandbox = await startProvider('authkit');
    const machine = createMachine({ person: 'consents' });
    await machine.run('add', 'box', sandbox.url);
    const login = await machine.run('login', 'box');
    expect(login.code, login.stderr).toBe(0);
    expect(login.stdout).toContain('\n  who      Ada Lovelace <ada@sandbox.test>\n');
    const work = await machine.runWith(AS_GRACE, 'login', 'box', '--account', 'work', '--json');
    expect(work.json()).toMatchObject({ server: { account: 'work', identity: GRACE } });
    // A sign-in asks nobody for more than it did.
    expect(sandbox.log.of('jwks')).toEqual([]);
    expect((await machine.run('refresh', 'box', '--json')).json()).toMatchObject({
      server: { identity: ADA },
    });

    expect((await machine.run('list')).stdout).toBe(
      `box\tsigned in\tAda Lovelace <ada@sandbox.test>\t${sandbox.url}\n` +
        `box (work)\tsigned in\tGrace Hopper <grace@sandbox.test>\t${sandbox.url}\n`,
    );
    expect((await machine.run('list', '--json')).json()).toMatchObject({
      servers: [{ identity: ADA }, { account: 'work', identity: GRACE }],
    });
    const status = await machine.run('status', 'box');
    expect(status.stdout).toMatch(/^ {2}who +Ada Lovelace <ada@sandbox\.test>$/m);
    expect(status.stdout).toMatch(/^ {2}who +Grace Hopper <grace@sandbox\.test>$/m);
    expect((await machine.run('status', 'box', '--json')).json()).toMatchObject({
      servers: [{ identity: ADA }, { identity: GRACE }],
    });
  });

  test('is said where a new sign-in ends with another person than the last one', async () => {
    const sandbox = await startProvider('authkit');
    const machine = createMachine({ person: 'consents' });
    expect((await machine.run('login', sandbox.url)).stderr).not.toContain('another person');
    const same = await machine.run('login', sandbox.url, '--force', '--json');
    expect(same.json()).not.toHaveProperty('previousIdentity');
    const other = await machine.runWith(AS_GRACE, 'login', sandbox.url, '--force');
    expect(other.code, other.stderr).toBe(0);
    expect(other.stdout).toContain('  who      Grace Hopper <grace@sandbox.test>\n');
    expect(other.stderr).toContain(
      'Note: that is another person than before, who was Ada Lovelace <ada@sandbox.test>.\n',
    );
    expect(other.stderr).toContain(`then:  mcpass login ${sandbox.url} --force\n`);
    const back = await machine.run('login', sandbox.url, '--force', '--json');
    expect(back.json()).toMatchObject({ previousIdentity: GRACE, server: { identity: ADA } });
    expect(back.stderr).toContain('another person than before');
  });

  test('is harmless text, and what names nobody for us costs no sign-in', async () => {
    const name = `\u001b]52;c;ZXZpbA==\u0007Ro\u202eot\n  expires  never${'x'.repeat(500)}`;
    const evil = await startProvider('authkit', { idTokenClaims: { name, email: undefined } });
    const machine = createMachine({ person: 'consents' });
    const shown = [await machine.run('login', evil.url, '-vv')];
    for (const words of [['list'], ['status'], ['status', '--json']]) shown.push(await machine.run(...words));
    for (const { code, stdout, stderr } of shown) {
      expect(code, stderr).toBe(0);
      expect((stdout + stderr).replaceAll(/[\n\t]/g, '')).not.toMatch(UNSAFE_TEXT);
      expect(stdout).not.toMatch(/^ {2}expires {2}never/m);
      expect(stdout).not.toContain('x'.repeat(300));
    }
    expect(shown[1]?.stdout).toContain('… (ada@sandbox.test)\t');

    const other = await startProvider('authkit', { idTokenClaims: { aud: 'somebody else' } });
    expect((await machine.run('login', other.url)).code).toBe(0);
    const status = await machine.run('status', other.url, '--json');
    expect(status.json()).toMatchObject({ servers: [{ state: 'signed_in', tolerated: ['E20'] }] });
    expect(status.stdout).not.toContain('identity');
  });
});
