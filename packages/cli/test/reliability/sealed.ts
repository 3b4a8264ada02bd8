import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { crash, STAGES } from './crash.js';
import { factor, figures } from './figures.js';
import { createLab, expectOneRefresh, expectSuccess, type Keep, type Lab, times } from './lab.js';

const ROUNDS = Math.ceil(factor / 2);
export const TIMEOUT = { timeout: 180_000 * Math.max(1, factor) };
export const PASSPHRASE: Keep = { kind: 'passphrase', env: { MCPASS_PASSPHRASE: 'correct horse' } };

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

/** Many processes that share one expired token. */
export async function share(keep: Keep, many: number): Promise<void> {
  const lab = await createLab('plain', { rotation: 'revoke-family' }, [], keep);
  await expire(lab);
  lab.fault('token', { delay: 300 });
  const ended = await times(many, () => lab.run('token', lab.sandbox.url));
  expectSuccess(ended);
  expectOneRefresh(lab);
  expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(1);
  expect(litter(lab)).toEqual([]);
}

/** Processes that are killed at every step of a refresh. */
export async function kill(keep: Keep): Promise<void> {
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
