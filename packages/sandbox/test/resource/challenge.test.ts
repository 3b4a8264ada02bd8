import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { ChallengeStyle, Sandbox, SandboxOptions } from '../../src/index.js';
import { rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

/** Header lines as they are on the wire: `fetch` would join them. */
function rawHeaders(sandbox: Sandbox): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const sent = request(
      sandbox.url,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (answer) => {
        answer.resume();
        resolve(answer.rawHeaders);
      },
    );
    sent.on('error', reject);
    sent.end('{}');
  });
}

async function challengeOf(
  challenge: ChallengeStyle,
  options: SandboxOptions = {},
): Promise<[Sandbox, string | null]> {
  const sandbox = await start('plain', { challenge, challengeScope: 'mcp:read', ...options });
  return [sandbox, (await rpc(sandbox, 'initialize')).headers.get('www-authenticate')];
}

function metadataUrl(sandbox: Sandbox): string {
  return `${new URL(sandbox.url).origin}/.well-known/oauth-protected-resource/mcp`;
}

describe('styles', () => {
  test('plain', async () => {
    const [sandbox, value] = await challengeOf('plain');
    expect(value).toBe(`Bearer scope="mcp:read", resource_metadata="${metadataUrl(sandbox)}"`);
  });

  test('none', async () => {
    expect((await challengeOf('none'))[1]).toBeNull();
  });

  test('several-schemes', async () => {
    const [sandbox, value] = await challengeOf('several-schemes');
    expect(value).toBe(
      `Negotiate, Basic realm="staff, only", DPoP algs="ES256 EdDSA", Bearer scope="mcp:read", resource_metadata="${metadataUrl(sandbox)}"`,
    );
  });

  test('several-headers', async () => {
    const [sandbox] = await challengeOf('several-headers');
    const headers = await rawHeaders(sandbox);
    const values = headers.filter((_, index) => headers[index - 1]?.toLowerCase() === 'www-authenticate');
    expect(values).toHaveLength(4);
    expect(values[0]).toBe('Negotiate');
    expect(values[3]).toMatch(/^Bearer scope="mcp:read"/);
  });

  test('odd-case', async () => {
    const [sandbox, value] = await challengeOf('odd-case');
    expect(value).toBe(`bEARER SCOPE = "mcp:read" , RESOURCE_METADATA = "${metadataUrl(sandbox)}"`);
    expect((await challengeOf('odd-case', { challengeScope: 'read' }))[1]).toContain('SCOPE = read ,');
  });

  test('quoted-commas', async () => {
    const [sandbox, value] = await challengeOf('quoted-commas');
    expect(value).toContain(
      String.raw`realm="a, b=\"c\", scope=\"decoy\" resource_metadata=\"https://decoy.test\"", scope`,
    );
    expect(value).toContain(`resource_metadata="${metadataUrl(sandbox)}"`);
  });

  test('wrong-name, url-only', async () => {
    const [one, wrong] = await challengeOf('wrong-name');
    expect(wrong).toBe(`Bearer scope="mcp:read", resource_metadata_uri="${metadataUrl(one)}"`);
    const [two, bare] = await challengeOf('url-only');
    expect(bare).toBe(`Bearer ${metadataUrl(two)}`);
  });

  test('remapped', async () => {
    const sandbox = await start('plain', { challenge: 'remapped' });
    const { headers } = await rpc(sandbox, 'initialize');
    expect(headers.get('www-authenticate')).toBeNull();
    expect(headers.get('x-amzn-remapped-www-authenticate')).toContain(metadataUrl(sandbox));
  });
});

test('with and without scope, metadata and error', async () => {
  expect((await challengeOf('plain', { challengeScope: undefined, challengeMetadata: false }))[1]).toBe(
    'Bearer',
  );
  const [, value] = await challengeOf('plain', { challengeError: 'invalid_request' });
  expect(value).toMatch(
    /^Bearer error="invalid_request", error_description="no access token was provided", scope=/,
  );
});

test('a refusal may have another status', async () => {
  const sandbox = await start('plain', { unauthorizedStatus: 403 });
  expect((await rpc(sandbox, 'initialize')).status).toBe(403);
});
