import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test, expect } from 'vitest';
import {
  hasSecretService,
  type SecretService,
  startSecretService,
} from '../../../node/test/fixtures/secret-service.js';
import { factor, figures, reportFigures } from './figures.js';
import { createLab, expectSuccess, type Keep, times } from './lab.js';
import { kill, PASSPHRASE, share, TIMEOUT } from './sealed.js';

/*
 * What holds for plain records holds for sealed ones: processes that share one token, and processes that are killed. A
 * passphrase costs a third of a second of work each time, so more of them are in `sealed.soak.test.ts`.
 */

reportFigures('sealed records');

describe('records that are sealed with a passphrase', () => {
  test('six processes with one expired token: one refresh', TIMEOUT, () => share(PASSPHRASE, 6));

  test(
    'a store that moves while tokens are renewed and movers are killed: nothing is lost',
    TIMEOUT,
    async () => {
      const lab = await createLab('plain', { rotation: { leewaySeconds: 600 } });
      const env = { ...PASSPHRASE.env, MCPASS_CREDENTIALS_STORE: 'auto' };
      const token = () => lab.start({ env }, 'token', lab.sandbox.url).ended;
      const kind = async () => {
        const { store } = (await lab.run('config', 'store', '--json')).json() as { store: { kind: string } };
        return store.kind;
      };
      for (let round = 0; round < Math.ceil(4 * factor); round += 1) {
        // Each way twice: once the mover is killed, and once it comes to its end.
        const to = round % 4 < 2 ? 'passphrase' : 'plain';
        lab.sandbox.expireAccessTokens();
        const mover = lab.start({ env }, 'config', 'store', to);
        const renewing = lab.start({ env }, 'refresh', lab.sandbox.url);
        if (round % 2 === 0) {
          await delay(Math.random() * 500);
          if (mover.process.exitCode === null && mover.process.kill('SIGKILL')) figures.kills += 1;
          await mover.ended;
        } else {
          expectSuccess([await mover.ended]);
          expect(await kind()).toBe(to);
        }
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

  test('twenty processes with one expired token: one refresh', TIMEOUT, () => share(keep, 20));

  test('a process that is killed at every step of a refresh: the sign-in lives', TIMEOUT, () => kill(keep));
});
