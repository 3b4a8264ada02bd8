import { describe, expect, test } from 'vitest';

import { isLoopbackHost, isMcpassError, parseServerUrl, serverIdentity } from '../../src/index.js';

describe('the URL of a server', () => {
  test.each([
    'https://mcp.example/mcp',
    'http://127.0.0.1:8080/mcp',
    'http://intranet.example/mcp',
    'https://mcp.example/mcp?toolsets=a,b',
  ])('%s is one', (url) => expect(parseServerUrl(url).href).toBe(url));

  test.each([
    ['mcp.example/mcp', 'is not a URL'],
    ['', 'is not a URL'],
    ['ftp://mcp.example', 'is not an http or https URL'],
    ['javascript:alert(1)', 'is not an http or https URL'],
    ['blob:https://mcp.example/x', 'is not an http or https URL'],
    ['https://user:secret@mcp.example', 'has a user name or password in it'],
    ['https://user@mcp.example', 'has a user name or password in it'],
    ['https://mcp.example/#part', 'has a fragment'],
  ])('%j is none: it %s', (url, why) => {
    expect(() => parseServerUrl(url)).toThrow(why);
    try {
      parseServerUrl(url);
    } catch (error) {
      expect(isMcpassError(error) && error.code).toBe('url_invalid');
    }
  });
});

describe('the name of a server in the store', () => {
  test.each([
    ['https://MCP.Example:443/', 'https://mcp.example'],
    ['https://mcp.example', 'https://mcp.example'],
    ['http://mcp.example:80', 'http://mcp.example'],
    ['https://mcp.example/mcp', 'https://mcp.example/mcp'],
    ['https://mcp.example/?a=b', 'https://mcp.example/?a=b'],
  ])('%s is %s', (url, name) => expect(serverIdentity(url)).toBe(name));

  test.each([
    ['https://mcp.example/a', 'https://mcp.example/A'],
    ['https://mcp.example/mcp', 'https://mcp.example/mcp/'],
    ['https://mcp.example/mcp', 'https://mcp.example/mcp?a=b'],
    ['https://mcp.example', 'http://mcp.example'],
    ['https://mcp.example', 'https://mcp.example:8443'],
  ])('%s and %s are two', (one, other) => expect(serverIdentity(one)).not.toBe(serverIdentity(other)));
});

test('loopback is this machine, and nothing that only looks like it', () => {
  for (const host of ['localhost', 'app.localhost', '127.0.0.1', '127.8.9.1', '[::1]']) {
    expect(isLoopbackHost(host), host).toBe(true);
  }
  for (const host of [
    'localhost.example',
    '127.0.0.1.example',
    '128.0.0.1',
    '[::2]',
    'notlocalhost',
    '0.0.0.0',
  ]) {
    expect(isLoopbackHost(host), host).toBe(false);
  }
});
