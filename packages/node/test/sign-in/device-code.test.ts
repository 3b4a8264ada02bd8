import { expect, test } from 'vitest';
import { isMcpassError } from '@mcpass/auth';
import { createUser, type UserOptions } from '../../src/sign-in.js';

const REQUEST = {
  userCode: 'WDJB-MJHT',
  verificationUri: 'https://as.example.com/device',
  verificationUriComplete: 'https://as.example.com/device?user_code=WDJB-MJHT',
  server: 'https://mcp.example.com/mcp',
  issuer: 'https://as.example.com',
  clientId: 'client-1',
  scopes: ['read'],
  timeoutMs: 300_000,
};
const SURROUNDINGS = {
  terminal: true,
  ci: false,
  ssh: true,
  container: false,
  wsl: false,
  display: false,
  agent: false,
};

async function shown(options: Partial<UserOptions>, request: Partial<typeof REQUEST> = {}): Promise<string> {
  const said: string[] = [];
  const user = createUser({
    say: (line) => said.push(line),
    surroundings: SURROUNDINGS,
    env: {},
    ...options,
  });
  await user.showCode?.({ ...REQUEST, ...request });
  return said.join('\n');
}

test('the code and its address are shown, and a picture of it where there is room', async () => {
  const plain = await shown({});
  expect(plain).toContain('https://as.example.com/device\nand enter the code:  WDJB-MJHT\n');
  expect(plain).toContain(REQUEST.verificationUriComplete);
  expect(plain).toContain('Waiting up to 5 minutes.');
  expect(plain).not.toContain('█');
  expect(await shown({ columns: 20 })).not.toContain('█');
  const lines = (await shown({ columns: 100 })).split('\n').filter((line) => line.includes('█'));
  expect(lines.length).toBeGreaterThan(10);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(60);
  expect(await shown({ brief: true, columns: 100 })).toMatch(/^[^\n]*WDJB-MJHT[^\n]*$/);
});

test('an address that may not be opened is not shown', async () => {
  await expect(shown({}, { verificationUri: 'http://as.example.com/device' })).rejects.toMatchObject({
    code: 'endpoint_unsafe',
  });
});

test('where nobody sees it, whoever goes on is told the code', async () => {
  const surroundings = { ...SURROUNDINGS, terminal: false };
  const thrown = await shown({ surroundings, unattended: 'begun' }).catch((error: unknown) => error);
  expect(isMcpassError(thrown) && thrown.message).toContain('WDJB-MJHT');
  expect(isMcpassError(thrown) && thrown.remedy).toEqual({
    do: 'finish_sign_in',
    authorizationUrl: REQUEST.verificationUriComplete,
  });
});
