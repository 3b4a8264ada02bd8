import { expect, test } from 'vitest';
import { judgePageAddress } from '../../src/server/page-address.js';

const PUBLIC = new URL('https://mcp.example/mcp');

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'blob:https://mcp.example/x',
  'http://pay.example/x',
  'https://bank.example@evil.example/',
  'https://user:pw@mcp.example/x',
  'https://10.0.0.7/x',
  'https://192.168.1.1/admin',
  'https://[::1]/x',
  'https://169.254.169.254/latest/meta-data',
  'https://router.local/x',
  'http://127.0.0.1:631/printers',
  'https://evil.example;$(reboot)/x',
  `https://long.example/${'x'.repeat(4_000)}`,
  'no address',
])('%s is no page that a public server may ask a person to open', (address) => {
  expect(() => judgePageAddress(address, PUBLIC)).toThrow(
    expect.objectContaining({ code: 'endpoint_unsafe', fault: 'server' }),
  );
});

test.each([
  ['https://pay.example/x?a=1#b', PUBLIC, 'https://pay.example/x?a=1#b'],
  ['https://pаypal.example/x', PUBLIC, 'https://xn--pypal-4ve.example/x'],
  ['http://127.0.0.1:9/x', new URL('http://127.0.0.1:8/mcp'), 'http://127.0.0.1:9/x'],
  ['https://wiki.local/x', new URL('https://10.0.0.7/mcp'), 'https://wiki.local/x'],
])('%s may be opened on behalf of %s', (address, server, shown) => {
  expect(judgePageAddress(address, server).href).toBe(shown);
});
