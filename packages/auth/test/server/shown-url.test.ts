import { expect, test } from 'vitest';
import { shownUrl, withoutQueryValues } from '../../src/server/shown-url.js';

const GUID = '0f8fad5b-d9cb-469f-a165-70867728950e';

test.each([
  // Nothing to hide.
  ['https://mcp.linear.app/mcp'],
  ['https://a.example'],
  ['http://localhost:8080/v2/streamable-http-endpoint-2026/'],
  ['https://a.example/@scope/package-name/mcp?team=blue&region=eu-central-1'],
  ['https://a.example/workspaces/acme-production-cluster-0042/mcp'],
  ['https://a.example/skills-directory-of-2026/path-to-everything-1/mcp'],
  // A tenant is a name.
  [`https://login.microsoftonline.com/${GUID}/oauth2/v2.0/token`],
  [`https://login.microsoftonline.com/${GUID}/v2.0`],
  // Addresses that let in.
  ['https://mcp.zapier.com/api/mcp/s/NDk1ZGM4ZjAtYjM5Ni00/mcp', 'https://mcp.zapier.com/api/mcp/s/…/mcp'],
  [`https://mcp.pipedream.net/${GUID}/slack`, 'https://mcp.pipedream.net/…/slack'],
  [`https://a.example/${GUID.replaceAll('-', '')}`, 'https://a.example/…'],
  ['https://a.example/%73k-1234567890abcdefgh/mcp', 'https://a.example/…/mcp'],
  ['https://a.example/mcp?api_key=x&q=1#part', 'https://a.example/mcp?api_key=…&q=1#…'],
  ['https://a.example/mcp?u=a1b2c3d4e5f6a7b8c9', 'https://a.example/mcp?u=…'],
  ['https://me:pass@a.example/mcp', 'https://…@a.example/mcp'],
  ['https://me:pass @c/', 'https://…@c/'],
])('%s', (url, shown = url) => {
  expect(shownUrl(url)).toBe(shown);
});

test('a log hides the path of a server as well', () => {
  const url = new URL(`https://mcp.pipedream.net/.well-known/oauth-protected-resource/${GUID}/slack?a=b`);
  expect(withoutQueryValues(url)).toBe(
    'https://mcp.pipedream.net/.well-known/oauth-protected-resource/…/slack?a=…',
  );
});
