import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox, SandboxOptions } from '@mcpass/sandbox';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { startProvider } from '../harness/provider.js';
import { createUnattended } from './machine.js';

/* Tokens that are bound to a key (RFC 9449) where no person signs in: the key is made with the first token, and stays. */

const BOUND: SandboxOptions = { dpop: 'required', dpopNonces: { seconds: 60 } };

const MACHINES = {
  machine: () => [
    'oauth.grant = "client_credentials"',
    'oauth.client_id = "sandbox-machine"',
    'oauth.client_secret_env = "SECRET"',
  ],
  workload: (directory: string) => [
    'oauth.grant = "jwt_bearer"',
    `oauth.assertion_file = "${directory}/token"`,
  ],
  enterprise: (directory: string, sandbox: Sandbox) => [
    'oauth.grant = "enterprise"',
    'oauth.idp = "desk"',
    'oauth.client_id = "sandbox-agent"',
    'oauth.client_secret_env = "SECRET"',
    '[identity_providers.desk]',
    `issuer = "${sandbox.identityProvider}"`,
    'client_id = "sandbox-desk"',
    'client_secret_env = "DESK_SECRET"',
    `id_token_file = "${directory}/token"`,
  ],
} as const;

test.each(['machine', 'workload', 'enterprise'] as const)(
  'of %s: each request has a proof of one key, by the command and the bridge',
  async (profile) => {
    const sandbox = await startProvider(profile, BOUND);
    const { run, host, expire, directory } = createUnattended(
      (folder) => [`url = "${sandbox.url}"`, ...MACHINES[profile](folder, sandbox)],
      { SECRET: 'sandbox-secret', DESK_SECRET: 'sandbox-desk-secret' },
    );
    const token = profile === 'enterprise' ? await sandbox.idToken() : await sandbox.workloadToken();
    writeFileSync(join(directory, 'token'), token, { mode: 0o600 });

    const call = await run('call', 'm', 'whoami');
    expect(call.code, call.stderr).toBe(0);
    expect((await run('status', 'm')).stdout).toContain('to a key (DPoP)');
    // It is of no use to whoever would get it without its key.
    expect((await run('token', 'm')).code).not.toBe(0);
    expire();
    expect((await run('call', 'm', 'whoami')).code).toBe(0);
    const bridge = await host();
    sandbox.revokeAccessTokens();
    expect(await bridge.tool('whoami')).toMatch(/sandbox-machine|reporter|ada@/);

    const asked = [...sandbox.log.of('token'), ...sandbox.log.of('mcp')].filter(
      ({ status }) => status === 200,
    );
    const proofs = asked.map(({ headers }) => decodeJwt(headers['dpop'] ?? ''));
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(asked.length);
    const keys = asked.map(({ headers }) => atob((headers['dpop'] ?? '').split('.')[0] ?? ''));
    expect(new Set(keys).size).toBe(1);
    expect(sandbox.log.of('token').filter(({ status }) => status === 200)).toHaveLength(3);
    // The proof is for the server that binds: an identity provider gets none.
    expect(sandbox.log.of('idp-token').filter(({ headers }) => headers['dpop'] !== undefined)).toEqual([]);
  },
);
