import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthorizer, Secret } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';
import { createCertificate, type Sandbox } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';
import { startProvider } from './harness/provider.js';
import { createUnattended, type UnattendedMachine } from './unattended/machine.js';

/* Authorities that vouch for nobody else, and certificates of clients: for the server and for all of its sign-in, through
   command, bridge and library. The servers are for programs, so that no browser has to know the certificates. */

const SERVED = createCertificate();
const SHOWN = createCertificate();
const SECRET = 'sandbox-secret';

async function startServer(clientAuthority?: string): Promise<Sandbox> {
  const https = clientAuthority === undefined ? SERVED : { ...SERVED, clientAuthority };
  return startProvider('machine', { https, hostname: 'localhost' });
}

/** A machine with the files of all certificates, and `lines` about them. */
function machineFor(sandbox: Sandbox, ...lines: readonly string[]): UnattendedMachine {
  const machine = createUnattended(
    (directory) => {
      writeFileSync(join(directory, 'ca.pem'), `what this is\n${SERVED.cert}`);
      writeFileSync(join(directory, 'cert.pem'), SHOWN.cert);
      writeFileSync(join(directory, 'key.pem'), SHOWN.key, { mode: 0o600 });
      writeFileSync(join(directory, 'both.pem'), SHOWN.cert + SHOWN.key, { mode: 0o600 });
      return [
        `url = "${sandbox.url}"`,
        'oauth.client_id = "sandbox-machine"',
        'oauth.client_secret_env = "MACHINE_SECRET"',
        'oauth.grant = "client_credentials"',
        ...lines.map((line) => line.replace('DIR', directory)),
      ];
    },
    { MACHINE_SECRET: SECRET },
  );
  return machine;
}

const CA = 'ca_file = "DIR/ca.pem"';
const CERTIFICATE = 'client_certificate_file = "DIR/cert.pem"';
const KEY = 'client_key_file = "DIR/key.pem"';

describe('an authority that vouches for nobody else', () => {
  test('is that of SSL_CERT_FILE for the command, and the doctor says so', async () => {
    const sandbox = await startServer();
    const { run, runWith, directory } = machineFor(sandbox);
    const refused = await run('call', 'm', 'whoami');
    expect(refused.code, refused.stderr).toBe(5);
    expect(refused.stderr).toContain('ca_file');
    expect(sandbox.log.all).toEqual([]);
    const env = { SSL_CERT_FILE: join(directory, 'ca.pem') };
    const called = await runWith(env, 'call', 'm', 'whoami');
    expect(called.code, called.stderr).toBe(0);
    expect(called.stdout).toContain('sandbox-machine');
    const looked = await runWith(env, 'doctor', 'm');
    expect(looked.stdout).toContain(`SSL_CERT_FILE is ${env.SSL_CERT_FILE}`);
    expect(looked.stdout).toContain('the certificate is from');
    const gone = await runWith({ SSL_CERT_FILE: join(directory, 'gone.pem') }, 'doctor', 'm');
    expect([gone.code, gone.stdout]).toEqual([5, expect.stringContaining('gone.pem, which is no file')]);
  });

  test('is that of ca_file for one server, its sign-in and its bridge, and for no other', async () => {
    const sandbox = await startServer();
    const { run, host, directory, machine } = machineFor(sandbox, CA);
    const called = await run('call', 'm', 'whoami');
    expect(called.code, called.stderr).toBe(0);
    const bridge = await host();
    expect(await bridge.tool('whoami')).toContain('sandbox-machine');
    expect(await bridge.leave()).toBe(0);
    const other = await run('call', sandbox.url.replace('/mcp', '/other'), 'whoami');
    expect([other.code, other.stderr]).toEqual([5, expect.stringContaining('No trusted connection')]);
    writeFileSync(join(directory, 'ca.pem'), 'no certificate');
    const empty = await run('call', 'm', 'whoami');
    expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining('no certificate in PEM')]);
    const moved = await run('call', 'm', 'whoami', '-c', 'mcp_servers.m.ca_file=gone.pem');
    expect([moved.code, moved.stderr]).toEqual([2, expect.stringContaining('gone.pem cannot be read')]);
    writeFileSync(join(directory, '.mcpass.toml'), `[mcp_servers.m]\nca_file = "ca.pem"\n`);
    const foreign = await machine.runWith({ cwd: directory }, 'get', 'm');
    expect([foreign.code, foreign.stderr]).toEqual([2, expect.stringContaining('project file')]);
  });
});

describe('a server that wants a certificate of ours', () => {
  test.each([
    ['in two files', [CERTIFICATE, KEY]],
    ['in one', ['client_certificate_file = "DIR/both.pem"']],
  ])('gets it from command and bridge, %s', async (_, lines) => {
    const sandbox = await startServer(SHOWN.cert);
    const { run, host } = machineFor(sandbox, CA, ...lines);
    const called = await run('call', 'm', 'whoami');
    expect(called.code, called.stderr).toBe(0);
    expect(called.stdout).toContain('sandbox-machine');
    const bridge = await host();
    expect(await bridge.tool('whoami')).toContain('sandbox-machine');
    expect(await bridge.leave()).toBe(0);
  });

  test('is named with what is missing, and a key that others can read is not used', async () => {
    const sandbox = await startServer(SHOWN.cert);
    const bare = machineFor(sandbox, CA);
    const refused = await bare.run('call', 'm', 'whoami');
    expect(refused.code, refused.stderr).toBe(5);
    expect(refused.stderr).toContain('client_certificate_file');
    const { run, directory } = machineFor(sandbox, CA, CERTIFICATE, KEY);
    chmodSync(join(directory, 'key.pem'), 0o644);
    const open = await run('call', 'm', 'whoami');
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining('chmod 600')]);
    writeFileSync(join(directory, 'key.pem'), SERVED.key, { mode: 0o600 });
    chmodSync(join(directory, 'key.pem'), 0o600);
    const wrong = await run('call', 'm', 'whoami');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('belong together')]);
    expect(sandbox.log.all).toEqual([]);
  });

  test('gets it from a program', async () => {
    const sandbox = await startServer(SHOWN.cert);
    const { directory } = machineFor(sandbox);
    const settings = {
      url: sandbox.url,
      grant: 'client_credentials' as const,
      client: { id: 'sandbox-machine', secret: () => Promise.resolve(new Secret(SECRET)) },
    };
    const certificates = {
      caFile: join(directory, 'ca.pem'),
      clientCertificateFile: join(directory, 'both.pem'),
    };
    const token = (server: Parameters<typeof nodePorts>[0]): Promise<unknown> => {
      const authorizer = createAuthorizer({ settings, ports: nodePorts({ store: 'memory', ...server }) });
      return authorizer.accessToken();
    };
    expect(await token({ server: { settings, certificates } })).toBeDefined();
    await expect(token({ server: { settings } })).rejects.toMatchObject({ code: 'tls_failed' });
  });
});
