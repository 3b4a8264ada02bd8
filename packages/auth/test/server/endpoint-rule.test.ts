import { describe, expect, test } from 'vitest';

import { isMcpassError } from '../../src/index.js';
import { isPrivateHost, judgeEndpoint } from '../../src/server/endpoint-rule.js';
import type { UnsafeOverrides } from '../../src/index.js';
import { UNSAFE_TEXT } from '../support/unsafe-text.js';

const PUBLIC = 'https://mcp.example.com/mcp';

function judge(value: string, server: string = PUBLIC, unsafe?: UnsafeOverrides): string {
  try {
    return judgeEndpoint(value, 'token_endpoint', 'server', { server: new URL(server), unsafe }).href;
  } catch (error) {
    if (!isMcpassError(error)) throw error;
    return error.code;
  }
}

function refusal(value: string, server: string = PUBLIC) {
  try {
    judgeEndpoint(value, 'token_endpoint', 'server', { server: new URL(server) });
  } catch (error) {
    if (isMcpassError(error)) return error;
  }
  throw new Error(`${value} was not refused`);
}

describe('where a public server may lead', () => {
  test.each(['https://as.example.org/token', 'https://as.example.org:8443/t?x=y', 'https://8.8.8.8/token'])(
    '%s',
    (value) => expect(judge(value)).toBe(value),
  );

  test('its own origin, whatever the path', () => {
    expect(judge('https://mcp.example.com/oauth/token')).toBe('https://mcp.example.com/oauth/token');
  });
});

describe('a server that was written as plain http', () => {
  const server = { server: new URL('http://mcp.lan.example/mcp') };
  const own = 'http://mcp.lan.example/x';

  test('may be asked for its own metadata', () => {
    expect(judgeEndpoint(own, 'resource_metadata', 'resource', server).href).toBe(own);
  });

  test('cannot be its own authorization server with it: codes and tokens never travel in the clear', () => {
    expect(() => judgeEndpoint(own, 'token_endpoint', 'server', server)).toThrow('it must be https');
    expect(() => judgeEndpoint(own, 'token_endpoint', 'token', server)).toThrow('it must be https');
  });
});

describe('where nobody may lead', () => {
  test.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'file:///etc/passwd',
    'file://server/share/evil.exe',
    'smb://server/share',
    'search-ms:query=evil&crumb=location:%5C%5Cevil',
    'ms-settings:',
    'vscode://evil/run',
    'ftp://as.example.org/token',
    'ws://as.example.org/token',
    'about:blank',
    // A blob URL has the origin of the page that made it, so it would pass for the server's own.
    'blob:https://mcp.example.com/0b6a5f30-8f8a-4d6f-9e0a-7f4f0c9f7a11',
    'filesystem:https://mcp.example.com/x',
    'JaVaScRiPt:alert(1)',
    '\u0001javascript:alert(1)',
    ' java\nscript:alert(1)',
  ])('%j', (value) => expect(judge(value)).toBe('endpoint_unsafe'));

  test.each([
    '',
    'token',
    '/token',
    '//as.example.org/token',
    'https://',
    'https://[::1',
    '$(calc.exe)',
    '`id`',
    '& calc',
  ])('what is no URL: %j', (value) => expect(judge(value)).toBe('endpoint_unsafe'));

  test.each([
    'https://user:pass@as.example.org/',
    'https://token@as.example.org/',
    'https://mcp.example.com@evil.example/',
  ])('a URL with credentials in it: %s', (value) => expect(judge(value)).toBe('endpoint_unsafe'));

  test.each(['http://as.example.org/token', 'http://mcp.example.com/token', 'http://10.0.0.1/token'])(
    'http outside loopback: %s',
    (value) => expect(judge(value)).toBe('endpoint_unsafe'),
  );
});

test.each([
  'https://as.example.org/$(calc.exe)',
  'https://as.example.org/a?b=`id`&c=%25PATH%25',
  'https://as.example.org/?x=";calc;"',
  'https://as.example.org/?x=a^&calc',
  "https://as.example.org/?x='|calc|'",
])('what a shell would read is percent-encoded or separated from it: %s', (value) => {
  const shown = judge(value);
  // Quotes, blanks and line ends cannot be in it; the rest never meets a shell.
  expect(shown).toMatch(/^https:\/\/as\.example\.org\/[^\s"<>]*$/);
});

describe('a private network', () => {
  const hosts = [
    'localhost',
    'localhost.',
    'a.localhost',
    '127.0.0.1',
    '127.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0xa9.254.0xa9fe',
    '10.0.0.1.',
    '[::]',
    '[::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::127.0.0.1]',
    '[0:0:0:0:0:0:0:1]',
    '[64:ff9b::10.0.0.1]',
    '[2002:a00:1::]',
    '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
    '[fc00::1]',
    '[fd12:3456:789a::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    'printer.local',
    'metadata.google.internal',
    'metadata.google.internal.',
    'host.localdomain',
    'router.home.arpa',
    'intranet',
  ];

  test.each(hosts)('a public server does not lead to %s', (host) => {
    expect(judge(`https://${host}/token`)).toBe('endpoint_unsafe');
    expect(isPrivateHost(new URL(`https://${host}/`).hostname)).toBe(true);
  });

  test.each([
    '172.32.0.1',
    '172.15.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '11.0.0.1',
    '169.253.0.1',
    '192.167.0.1',
    '198.20.0.1',
    '[2606:4700::1111]',
    'local.example.com',
    '10.example.com',
    'internal.example',
  ])('%s is not one', (host) => expect(isPrivateHost(new URL(`https://${host}/`).hostname)).toBe(false));

  test('plain http to loopback is none of a public server’s business either', () => {
    expect(judge('http://127.0.0.1:8080/token')).toBe('endpoint_unsafe');
    expect(judge('http://localhost:8080/token')).toBe('endpoint_unsafe');
  });

  test('a private server may lead to private places', () => {
    expect(judge('https://10.0.0.2/token', 'https://10.0.0.1/mcp')).toBe('https://10.0.0.2/token');
    expect(judge('http://localhost:9000/token', 'http://127.0.0.1:8000/mcp')).toBe(
      'http://localhost:9000/token',
    );
    expect(judge('https://idp.internal/token', 'https://mcp.internal/mcp')).toBe(
      'https://idp.internal/token',
    );
  });

  test('but not over plain http beyond this machine', () => {
    expect(judge('http://10.0.0.2/token', 'https://10.0.0.1/mcp')).toBe('endpoint_unsafe');
    expect(judge('http://169.254.169.254/latest/meta-data', 'http://127.0.0.1:8000/mcp')).toBe(
      'endpoint_unsafe',
    );
  });
});

describe('overrides', () => {
  test('private_hosts excuses the hosts that it names and no others', () => {
    const unsafe = { privateHosts: ['10.0.0.2'] };
    expect(judge('https://10.0.0.2:8443/token', PUBLIC, unsafe)).toBe('https://10.0.0.2:8443/token');
    expect(judge('https://10.0.0.3/token', PUBLIC, unsafe)).toBe('endpoint_unsafe');
    expect(judge('http://10.0.0.2/token', PUBLIC, unsafe)).toBe('endpoint_unsafe');
    expect(judge('javascript:10.0.0.2', PUBLIC, unsafe)).toBe('endpoint_unsafe');
  });

  test('upgrade_http reads http as https, and nothing else', () => {
    const unsafe = { upgradeHttp: true };
    expect(judge('http://as.example.org/token', PUBLIC, unsafe)).toBe('https://as.example.org/token');
    expect(judge('http://10.0.0.2/token', PUBLIC, unsafe)).toBe('endpoint_unsafe');
    expect(judge('http://127.0.0.1/token', PUBLIC, unsafe)).toBe('endpoint_unsafe');
    expect(judge('ftp://as.example.org/token', PUBLIC, unsafe)).toBe('endpoint_unsafe');
  });

  test('the refusal names the line that would excuse it, and only where there is one', () => {
    expect(refusal('http://as.example.org/token').remedy).toEqual({
      do: 'configure',
      key: 'unsafe.upgrade_http',
      value: 'true',
    });
    expect(refusal('https://10.0.0.2/token').remedy).toEqual({
      do: 'configure',
      key: 'unsafe.private_hosts',
      value: '["10.0.0.2"]',
    });
    expect(refusal('javascript:alert(1)').remedy).toBeUndefined();
    expect(refusal('https://a:b@as.example.org').remedy).toBeUndefined();
  });
});

test('a hostile URL is quoted without its control characters', () => {
  const { message, facts } = refusal('javascript:\u001b]0;owned\u0007\u202egnp.exe');
  for (const text of [message, ...Object.values(facts).map(String)]) {
    expect(text).not.toMatch(UNSAFE_TEXT);
  }
});
