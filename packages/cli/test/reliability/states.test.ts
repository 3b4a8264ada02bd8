import { describe, expect, test } from 'vitest';
import { reportFigures } from './figures.js';
import { createLab, type Lab } from './lab.js';

/* Nobody has to guess why a sign-in is as it is: `status` says it, and the one command that helps. */

reportFigures('states');

interface StatusJson {
  readonly servers: readonly [
    { readonly state: string; readonly reason?: string; readonly renewableUntil?: string },
  ];
}

async function statusOf(lab: Lab) {
  const { code, stdout } = await lab.run('status', lab.sandbox.url);
  const [server] = ((await lab.run('status', lab.sandbox.url, '--json')).json() as StatusJson).servers;
  return { code, stdout, ...server };
}

const runLine = ({ sandbox }: Lab) => `  run:  mcpass login ${sandbox.url}\n`;

describe('status', () => {
  test('says until when a sign-in renews itself, where the server says so', async () => {
    const lab = await createLab('plain', { tokenShapes: ['refresh-token-expiry'] });
    const { code, stdout, renewableUntil } = await statusOf(lab);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /expires +in \d+ min, renews by itself until \d{4}-\d\d-\d\d \d\d:\d\d \(in 7 days\)/,
    );
    const leftMs = Date.parse(renewableUntil ?? '') - Date.now();
    expect(Math.abs(leftMs - 7 * 86_400_000)).toBeLessThan(60_000);
    // By the clock here it is over; what the server thinks is its own affair.
    lab.rewrite(({ grant, ...rest }) => ({
      ...rest,
      grant: {
        ...grant,
        tokens: { ...grant.tokens, refreshExpiresAtS: Math.floor(Date.now() / 1000) - 200 },
      },
    }));
    expect((await statusOf(lab)).stdout).toMatch(/renews by itself, though only until .* \(3 min ago\)/);
    expect((await lab.run('refresh', lab.sandbox.url)).code).toBe(0);
  });

  test('of a token that has ended and cannot be renewed says why', async () => {
    const lab = await createLab('plain', { refreshTokens: 'never' });
    lab.expire();
    const { code, stdout, state, reason } = await statusOf(lab);
    expect([code, state, reason]).toEqual([4, 'login_required', 'no refresh token was given']);
    expect(stdout).toMatch(/expires +1\d s ago \(no refresh token was given: sign in again\)/);
    expect(stdout).toContain(runLine(lab));
  });

  test('of a token that the server refused before its time says so', async () => {
    const lab = await createLab('plain', { refreshTokens: 'never' });
    lab.sandbox.revokeAccessTokens();
    expect((await lab.run('tools', lab.sandbox.url)).code).toBe(4);
    const { code, stdout, state } = await statusOf(lab);
    expect([code, state]).toEqual([4, 'login_required']);
    expect(stdout).toMatch(
      /expires +the server refused it \d+ s ago; no refresh token was given: sign in again/,
    );
    expect(stdout).toContain(runLine(lab));
  });

  test('of a grant that is over names the command while the token lives', async () => {
    const lab = await createLab();
    lab.sandbox.revokeGrants();
    lab.age();
    // The access token is used for as long as it lasts, whatever the server makes of it.
    await lab.run('refresh', lab.sandbox.url);
    const { code, stdout, state, reason } = await statusOf(lab);
    expect([code, state, reason]).toEqual([0, 'signed_in', expect.stringContaining('invalid_grant')]);
    expect(stdout).toMatch(/expires +in \d+ s \(it can no longer be renewed: sign in again at /);
    expect(stdout).toContain(runLine(lab));
  });

  test('of a sign-in with nothing the matter names none', async () => {
    const lab = await createLab();
    const { code, stdout, state, reason } = await statusOf(lab);
    expect([code, state, reason]).toEqual([0, 'signed_in', undefined]);
    expect(stdout).not.toContain('run:');
  });
});
