import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { factor, figures, reportFigures } from './figures.js';
import { type Crash, crash, STAGES } from './crash.js';
import { createLab, type Lab, leftovers } from './lab.js';

/*
 * A process is killed at every step of a refresh. What it leaves behind must be readable at once, and the sign-in lives
 * as long as the provider's own rules let it.
 */

reportFigures('crashes');

const ROUNDS = Math.ceil(2 * factor);
const TIMEOUT = { timeout: 180_000 * Math.max(1, factor) };

/** The record can be read and is never older than it was; the lock of the dead is nobody's concern. */
function look(lab: Lab, before: number): void {
  try {
    expect(lab.record().generation).toBeGreaterThanOrEqual(before);
  } catch (error) {
    figures.recordsLost += 1;
    throw error;
  }
}

async function recover(lab: Lab): Promise<void> {
  const { code, stderr } = await lab.run('token', lab.sandbox.url);
  if (code !== 0) figures.recordsLost += 1;
  expect(code, stderr).toBe(0);
}

describe('a process that is killed', () => {
  test.each(STAGES)(
    'when it has %s, where a retry is let through: the sign-in lives',
    TIMEOUT,
    async (stage) => {
      let answered: (() => void) | undefined;
      const lab = await createLab('plain', {
        rotation: { leewaySeconds: 600 },
        onAnswer: ({ endpoint }) => endpoint === 'token' && answered?.(),
      });
      for (let round = 0; round < ROUNDS; round += 1) {
        lab.expire();
        const { generation } = lab.record();
        lab.fault('token', { delay: 20 });
        await crash(lab, stage, (listener) => (answered = listener));
        look(lab, generation);
        if (round % 4 === 1) await recover(lab);
      }
      lab.expire();
      await recover(lab);
      // What the dead had begun to write holds secrets.
      expect(leftovers(lab).filter((name) => name.includes('.draft-'))).toEqual([]);
      expect(lab.sandbox.log.of('authorize')).toEqual([]);
    },
  );

  test(
    'at any moment, where none is: it lives unless the token was spent and the answer nobody’s',
    TIMEOUT,
    async () => {
      let answered: (() => void) | undefined;
      const lab = await createLab('plain', {
        rotation: 'revoke-family',
        onAnswer: ({ endpoint }) => endpoint === 'token' && answered?.(),
      });
      let ended = 0;
      for (let round = 0; round < ROUNDS * 6; round += 1) {
        const stage = STAGES[round % STAGES.length] as Crash;
        lab.expire();
        lab.refreshes();
        const { generation, grant } = lab.record();
        await crash(lab, stage, (listener) => (answered = listener));
        look(lab, generation);
        const spent = lab.refreshes() > 0;
        const stored = lab.record().grant.tokens.refresh?.equals(grant.tokens.refresh) === false;
        const { code, stderr } = await lab.run('token', lab.sandbox.url);
        if (!spent || stored) {
          if (code !== 0) figures.recordsLost += 1;
          expect(code, `${stage}: ${stderr}`).toBe(0);
        } else {
          // The provider takes this for a theft. That is said, once, with what to do.
          expect(code, stderr).toBe(4);
          expect(stderr).toContain('mcpass login');
          ended += 1;
          await lab.prepare('login', lab.sandbox.url);
        }
      }
      expect(ended).toBeLessThan(ROUNDS * 6);
    },
  );
});

test(
  'answers that are lost on the wire, one after the other, cost nothing where a retry is let through',
  TIMEOUT,
  async () => {
    const lab = await createLab('plain', { rotation: { leewaySeconds: 600 } });
    for (let round = 0; round < Math.ceil(4 * factor); round += 1) {
      lab.expire();
      lab.fault('token', round % 2 === 0 ? 'lost' : 'reset');
      await recover(lab);
      // The same refresh token twice, at once.
      const [first, second] = lab.sandbox.log.of('token').slice(-2);
      expect(second?.form.get('refresh_token')).toBe(first?.form.get('refresh_token'));
      expect(lab.refreshes()).toBe(2);
    }
    expect(lab.sandbox.log.of('authorize')).toEqual([]);
  },
);

test(
  'what killed commands leave anywhere goes with the next ones, though nobody asks for the same again',
  TIMEOUT,
  async () => {
    const [{ url }, other] = [await startProvider('plain'), await startProvider('plain')];
    const machine = createMachine({ person: 'consents' });
    const litter = () =>
      readdirSync(machine.home, { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.(?:draft-|lock|url)/.test(path))
        .map((path) => path.replace(/[0-9a-f]{64}/, 'NAME').replace(/draft-[0-9a-f-]+$/, 'draft'))
        .toSorted();
    const dies = async (at: string, env: Readonly<Record<string, string>>, ...words: string[]) => {
      const killed = {
        ...env,
        NODE_OPTIONS: `--import ${new URL('../harness/dies-at.mjs', import.meta.url).href}`,
        DIES_AT: at,
      };
      const { code, stderr } = await machine.runWith({ env: killed, stdin: 'a secret' }, ...words);
      expect(code, stderr).toBeNull();
      return litter();
    };
    const passphrase = { MCPASS_CREDENTIALS_STORE: 'passphrase', MCPASS_PASSPHRASE: 'correct horse' };
    const plain = { MCPASS_CREDENTIALS_STORE: 'plain' };
    const own = ['--client-id', 'mine', '--client-secret-stdin'];
    expect(await dies('rename key.json.draft-', passphrase, 'login', url)).toEqual([
      'data/credentials-passphrase/key.json.draft',
      'data/credentials/store.lock',
    ]);
    expect(await dies('rename store.json.draft-', plain, 'login', url)).toEqual([
      'data/credentials/store.lock',
      'data/store.json.draft',
    ]);
    expect(await dies('rename client-secrets', plain, 'add', 'gone', url, ...own)).toContain(
      'data/client-secrets/gone.draft',
    );
    expect(await dies('rename config.toml.draft-', plain, 'add', 'gone', url)).toEqual(
      expect.arrayContaining(['config.toml.draft', 'config.toml.lock']),
    );
    expect(await dies('rename credentials/', plain, 'login', url)).toContain(
      'data/credentials/NAME.json.draft',
    );
    expect(await dies('unlink sign-ins', plain, 'login', url)).toContain('data/sign-ins/NAME.lock');

    await machine.prepareWith({ env: plain }, 'login', other.url);
    expect(litter()).toEqual(['config.toml.draft', 'config.toml.lock']);
    await machine.prepare('add', 'other', other.url);
    expect(litter()).toEqual([]);
  },
);
