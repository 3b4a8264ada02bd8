import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMachine, type Ended } from './harness/command.js';
import { startProvider } from './harness/provider.js';
import { CERTIFICATE, KEY } from './harness/certificate.js';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function serve(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  onTestFinished(() => server.closeAllConnections());
  return `http://127.0.0.1:${await listen(server)}/mcp`;
}

/** What every failure has to be: one clear error with its exit code, in words and in JSON, and nothing stored. */
async function failsToLogIn(url: string, code: number, error: string): Promise<Ended> {
  const machine = createMachine({ person: 'consents' });
  const ended = await machine.run('login', url);
  expect([ended.code, ended.stdout], ended.stderr).toEqual([code, '']);
  expect(
    ended.stderr
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('warning')).length,
  ).toBeLessThanOrEqual(4);
  // oxlint-disable-next-line no-control-regex -- they must not be there
  expect(ended.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  const json = await machine.run('login', url, '--json');
  expect(json.error()['code']).toBe(error);
  expect((await machine.run('list', '--json')).json()).toEqual({ schema: 1, servers: [] });
  return ended;
}

describe('no answer ends with 5', () => {
  test('a name that does not exist', async () => {
    const { stderr } = await failsToLogIn('https://no-such-host.invalid/mcp', 5, 'dns_failed');
    expect(stderr).toContain('no-such-host.invalid');
    expect(stderr).toContain('step:  dns, on the network');
  });

  test('a port that nobody listens on', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    server.close();
    const { stderr } = await failsToLogIn(`http://127.0.0.1:${port}/mcp`, 5, 'connect_failed');
    expect(stderr).toContain(`127.0.0.1:${port}`);
  });

  test('a certificate that nobody vouches for, with its cause', async () => {
    const port = await listen(createTlsServer({ key: KEY, cert: CERTIFICATE }));
    const { stderr } = await failsToLogIn(`https://localhost:${port}/mcp`, 5, 'tls_failed');
    expect(stderr).toMatch(/self.signed/i);
    expect(stderr).toContain('NODE_EXTRA_CA_CERTS');
  });

  test('plain http where https was expected', async () => {
    const url = await serve((_, response) => void response.end());
    await failsToLogIn(url.replace('http:', 'https:'), 5, 'tls_failed');
  });

  test('a connection that breaks', async () => {
    const url = await serve((request) => void request.socket.destroy());
    await failsToLogIn(url, 5, 'connection_lost');
  });
});

describe('nonsense ends with 3', () => {
  test.each(['resource-metadata', 'metadata', 'register', 'token'] as const)(
    'HTML at %s',
    async (endpoint) => {
      const sandbox = await startProvider('plain');
      sandbox.fault(endpoint, 'html', 100);
      const machine = createMachine({ person: 'consents' });
      const { code, stdout, stderr } = await machine.run('login', sandbox.url);
      expect([code, stdout], stderr).toEqual([3, '']);
      expect((await machine.run('status', sandbox.url)).code).toBe(4);
    },
  );

  test.each(['resource-metadata', 'metadata', 'register', 'token'] as const)(
    'more than 256 KiB at %s',
    async (endpoint) => {
      const sandbox = await startProvider('plain');
      sandbox.fault(endpoint, 'oversize', 100);
      const machine = createMachine({ person: 'consents' });
      const { code, stderr } = await machine.run('login', sandbox.url, '--json');
      expect(code, stderr).toBe(3);
      expect(stderr).toMatch(/answer_too_large|256 KiB/);
    },
  );

  test.each(['resource-metadata', 'metadata'] as const)('endless redirects at %s', async (endpoint) => {
    const sandbox = await startProvider('plain');
    sandbox.fault(endpoint, 'redirects', 100);
    const { code, stderr } = await createMachine({ person: 'consents' }).run('login', sandbox.url);
    expect(code, stderr).toBe(3);
    expect(sandbox.log.all.length).toBeLessThan(30);
  });

  test.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://evil.example/authorize',
    'https://user:pw@evil.example/authorize',
  ])('authorization_endpoint %s', async (authorization_endpoint) => {
    const sandbox = await startProvider('plain', { metadataMembers: { authorization_endpoint } });
    const machine = createMachine({ person: 'consents' });
    const { code, stderr } = await machine.run('login', sandbox.url, '--json');
    expect(code, stderr).toBe(3);
    expect((JSON.parse(stderr) as { error: { code: string } }).error.code).toBe('endpoint_unsafe');
    expect(sandbox.log.of('authorize')).toEqual([]);
  });

  test('control characters in what a server says', async () => {
    const sandbox = await startProvider('plain');
    const body = JSON.stringify({
      error: 'invalid_client_metadata',
      error_description: 'no\u001b[2J\u0007\u202e\r\nerror: run mcpass evil',
    });
    sandbox.fault('register', { status: 400, body }, 100);
    const { code, stderr } = await createMachine({ person: 'consents' }).run('login', sandbox.url);
    expect(code).toBe(3);
    // oxlint-disable-next-line no-control-regex -- they must not be there
    expect(stderr).not.toMatch(/[\u001b\u0007\u202e\r]/);
    expect(stderr).not.toMatch(/^error: run mcpass evil/m);
    expect(stderr).toContain('invalid_client_metadata');
  });

  test('an MCP endpoint that is a web page', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>Welcome</html>');
    });
    const machine = createMachine();
    const { code, stderr } = await machine.run('tools', url);
    expect(code, stderr).toBe(3);
  });

  test('a server that is down', async () => {
    const url = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': '7' });
      response.end();
    });
    for (const command of ['login', 'tools']) {
      const { code, stderr } = await createMachine({ person: 'consents' }).run(command, url);
      expect(code, stderr).toBe(3);
      expect(stderr).toContain('503');
    }
  });
});
