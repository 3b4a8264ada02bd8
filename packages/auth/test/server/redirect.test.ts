import { describe, expect, test } from 'vitest';

import { isRedirect, judgeRedirect, REDIRECT_LIMIT } from '../../src/server/redirect.js';

const server = new URL('https://mcp.example/mcp?api_key=SECRET');

const judge = (status: number, location: string, { method = 'POST', hop = 0 } = {}) =>
  judgeRedirect({ from: server, location, status, method, hop, server }).href;

test('a redirect is one of these statuses', () => {
  const statuses = Array.from({ length: 500 }, (_, index) => 100 + index);
  expect(statuses.filter(isRedirect)).toEqual([301, 302, 303, 307, 308]);
});

describe('a request is sent again', () => {
  test.each([
    [307, '/mcp/', 'https://mcp.example/mcp/'],
    [308, 'v2', 'https://mcp.example/v2'],
    [308, '?a=b', 'https://mcp.example/mcp?a=b'],
    [307, 'https://MCP.example:443/mcp/', 'https://mcp.example/mcp/'],
  ])('on %i to %s', (status, location, to) => {
    expect(judge(status, location)).toBe(to);
  });

  test.each([301, 302, 303])('on %i only where nothing is lost on the way', (status) => {
    for (const method of ['GET', 'get', 'HEAD']) expect(judge(status, '/x', { method })).toContain('/x');
    for (const method of ['POST', 'DELETE']) {
      expect(() => judge(status, '/x', { method })).toThrow(/redirects to/);
    }
  });

  test('three times', () => {
    expect(REDIRECT_LIMIT).toBe(3);
    expect(judge(307, '/x', { hop: 2 })).toContain('/x');
    expect(() => judge(307, '/x', { hop: 3 })).toThrow(/redirects to/);
  });
});

describe('a request is not sent', () => {
  test.each([
    'https://other.example/mcp',
    '//other.example/mcp',
    'http://mcp.example/mcp',
    'https://mcp.example:8443/mcp',
    'https://user:pass@mcp.example/mcp',
    'https://user@mcp.example/mcp',
    'blob:https://mcp.example/0b5c',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://[',
  ])('to %s', (location) => {
    for (const method of ['GET', 'POST']) {
      expect(() => judge(307, location, { method })).toThrow(
        expect.objectContaining({ code: 'redirect_refused', fault: 'server', step: 'session' }),
      );
    }
  });

  test('and no value of a query is shown', () => {
    try {
      judge(307, 'https://other.example/mcp?api_key=SECRET');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        facts: { url: 'https://mcp.example/mcp?api_key=…', location: 'https://other.example/mcp?api_key=…' },
      });
      expect(String(error)).not.toContain('SECRET');
    }
  });
});
