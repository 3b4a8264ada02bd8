import { scryptSync } from 'node:crypto';
import { Secret } from '@mcpass/auth';
import { expect, it } from 'vitest';
import { derivePassphraseKey, newScryptParameters } from '../../src/stores/seal/passphrase-key.js';

it('a key costs the work that its parameters name, which is the work that OWASP asks for', async () => {
  const parameters = newScryptParameters();
  expect(parameters).toMatchObject({ name: 'scrypt', n: 131_072, r: 8, p: 1 });
  const { key } = await derivePassphraseKey('id', new Secret('correct horse'), parameters);
  const work = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
  expect(key.export()).toEqual(scryptSync('correct horse', Buffer.from(parameters.salt, 'base64'), 32, work));
});
