import { expect, test } from 'vitest';
import * as surface from '../src/index.js';

test('the public surface is what we decided it to be', () => {
  expect(Object.keys(surface).sort()).toEqual([
    'BROWSER_SCRIPT',
    'HOSTILE_ENDPOINTS',
    'HOSTILE_TEXT',
    'PROFILES',
    'QUIRKS',
    'USER_KINDS',
    'createCertificate',
    'createUser',
    'isProfileName',
    'startSandbox',
  ]);
});

test('no hostile endpoint is one that a client could open by mistake', () => {
  const harmless = surface.HOSTILE_ENDPOINTS.filter(
    (endpoint) => /^https:\/\/as\.test\/[\w/-]*$/.test(endpoint) && endpoint.length < 2000,
  );
  expect(harmless).toEqual([]);
});
