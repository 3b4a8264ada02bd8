import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  hasSecretService,
  type SecretService,
  startSecretService,
} from '../../../node/test/fixtures/secret-service.js';
import { crash, STAGES } from './crash.js';
import { factor, figures, reportFigures } from './figures.js';
import { createLab, expectOneRefresh, expectSuccess, type Keep, type Lab, times } from './lab.js';

/* What holds for plain records holds for sealed ones: processes that share one token, and processes that are killed. */

reportFigures('sealed records');

const ROUNDS = Math.ceil(factor);
const TIMEOUT = { timeout: 180_000 * Math.max(1, factor) };
const PASSPHRASE: Keep = { kind: 'passphrase', env: { MCPASS_PASSPHRASE: 'correct horse' } };

/** Lets the access token run out, here and at the provider. */
async function expire(lab: Lab): Promise<void> {
  const nowS = Math.floor(Date.now() / 1000);
  await lab.store().update({ server: lab.sandbox.url, account: 'default' }, async (current) => {
    if (current?.grant === undefined) throw new Error('there is no sign-in');
    const { grant } = current;
    const tokens = { ...grant.tokens, obtainedAtS: nowS - 7_200, expiresAtS: nowS - 10 };
    return { ...current, grant: { ...grant, tokens } };
  });
  lab.sandbox.expireAccessTokens();
}

/** Files that no living process has a use for. */
function litter({ directory, locks }: Lab): string[] {
  return [...readdirSync(directory), ...readdirSync(locks)].filter((name) => !name.endsWith('.json'));
}

async function twenty(keep: Keep): Promise<void> {
  const lab = await createLab('plain', { rotation: 'revoke-family' }, [], keep);
  await expire(lab);
  lab.fault('token', { delay: 300 });
  const ended = await times(20, () => lab.run('token', lab.sandbox.url));
  expectSuccess(ended);
  expectOneRefresh(lab);
  expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(1);
  expect(litter(lab)).toEqual([]);
}

async function killed(keep: Keep): Promise<void> {
  let answered: (() => void) | undefined;
  const lab = await createLab(
    'plain',
    {
      rotation: { leewaySeconds: 600 },
      onAnswer: ({ endpoint }) => endpoint === 'token' && answered?.(),
    },
    [],
    keep,
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const stage of STAGES) {
      await expire(lab);
      lab.fault('token', { delay: 20 });
      await crash(lab, stage, (listener) => (answered = listener));
      const left = await lab.store().list();
      if (left.length !== 1) figures.recordsLost += 1;
      expect(left, stage).toHaveLength(1);
    }
    const { code, stderr } = await lab.run('token', lab.sandbox.url);
    if (code !== 0) figures.recordsLost += 1;
    expect(code, stderr).toBe(0);
  }
  expect(litter(lab).filter((name) => name.includes('.draft-'))).toEqual([]);
  expect(lab.sandbox.log.of('authorize')).toEqual([]);
}

describe('records that are sealed with a passphrase', () => {
  test('twenty processes with one expired token: one refresh', TIMEOUT, () => twenty(PASSPHRASE));

  test('a process that is killed at every step of a refresh: the sign-in lives', TIMEOUT, () =>
    killed(PASSPHRASE),
  );

  test(
    'a store that moves while tokens are renewed and movers are killed: nothing is lost',
    TIMEOUT,
    async () => {
      const lab = await createLab('plain', { rotation: { leewaySeconds: 600 } });
      const env = { ...PASSPHRASE.env, MCPASS_CREDENTIALS_STORE: 'auto' };
      const token = () => lab.start({ env }, 'token', lab.sandbox.url).ended;
      for (let round = 0; round < Math.ceil(6 * factor); round += 1) {
        lab.sandbox.expireAccessTokens();
        const mover = lab.start({ env }, 'config', 'store', round % 2 === 0 ? 'passphrase' : 'plain');
        const renewing = lab.start({ env }, 'refresh', lab.sandbox.url);
        await delay(Math.random() * 500);
        if (mover.process.exitCode === null && mover.process.kill('SIGKILL')) figures.kills += 1;
        await mover.ended;
        expectSuccess([await renewing.ended]);
        const ended = await times(2, token);
        if (ended.some(({ code }) => code !== 0)) figures.recordsLost += 1;
        expectSuccess(ended);
      }
      expect(lab.sandbox.log.of('authorize')).toEqual([]);
    },
  );
});

describe.skipIf(!hasSecretService())('records that are sealed with a key in the keyring', () => {
  let service: SecretService;
  let keep: Keep;
  beforeAll(async () => {
    service = await startSecretService();
    const { HOME: _, PATH: __, ...env } = service.env;
    keep = { kind: 'keyring', env };
  });
  afterAll(() => service.stop());

  test('twenty processes with one expired token: one refresh', TIMEOUT, () => twenty(keep));

  test('a process that is killed at every step of a refresh: the sign-in lives', TIMEOUT, () => killed(keep));
});
