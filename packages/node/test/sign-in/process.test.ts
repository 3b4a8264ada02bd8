import { beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, startProgram } from '../fixtures/child.js';

/** A sign-in in a process of its own: it must end by itself when everything is done, without process.exit. */
const PROGRAM = `
  import { createUser } from './sign-in.js';
  import { readSurroundings } from './surroundings.js';
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const user = createUser({
    say: (line) => process.stderr.write(line + '\\n'),
    surroundings: readSurroundings({ env: {}, platform: process.platform, terminal: false }),
    env: process.env,
    noBrowser: true,
    input: process.stdin,
    pasteWithoutTerminal: true,
  });
  const callbackServer = await user.receive({});
  process.stdout.write(callbackServer.redirectUri + '\\n');
  try {
    const answer = await callbackServer.ask({
      authorizationUrl: 'https://as.example/authorize?state=s1', server: 'https://mcp.example/mcp',
      issuer: 'https://as.example', clientId: 'c', scopes: [], timeoutMs: 20000, signal: stop.signal,
      accepts: (parameters) => parameters.get('state') === 's1',
    });
    process.stdout.write('code ' + answer.get('code') + '\\n');
    await callbackServer.settle({ ok: true });
  } catch (error) {
    process.stdout.write('failed ' + error.code + '\\n');
  } finally {
    await callbackServer.close();
  }
`;

describe('a process that signs in', () => {
  let program = '';
  beforeAll(async () => {
    program = await bundleProgram(PROGRAM);
  });

  async function begin() {
    const { child, ended } = startProgram(program, []);
    const [uri] = await new Promise<string[]>((resolve) => {
      child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim().split('\n')));
    });
    return { child, ended, uri: uri ?? '' };
  }

  it('ends by itself after a callback, although its standard input is still open', async () => {
    const { ended, uri } = await begin();
    await expect.poll(async () => (await fetch(`${uri}?code=c1&state=s1`)).status).toBe(200);
    expect(await ended).toMatchObject({ code: 0, stdout: `${uri}\ncode c1\n` });
  });

  it('ends by itself after a paste', async () => {
    const { child, ended, uri } = await begin();
    child.stdin?.write(`${uri}?code=c2&state=s1\n`);
    expect(await ended).toMatchObject({ code: 0, stdout: `${uri}\ncode c2\n` });
  });

  it('ends by itself after an interruption', async () => {
    const { child, ended, uri } = await begin();
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, stdout: `${uri}\nfailed interrupted\n` });
  });
});
