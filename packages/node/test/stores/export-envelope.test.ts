import { Secret } from '@mcpass/auth';
import { describe, expect, it } from 'vitest';
import { openExport, sealExport } from '../../src/stores/export-envelope.js';
import { fullRecord } from '../contract/store.js';

const passphrase = new Secret('correct horse');
const right = () => Promise.resolve(passphrase);

describe('a credential that travels', () => {
  it('arrives as it was, but for a sign-in under way, and shows nothing on its way', async () => {
    const record = fullRecord();
    const text = await sealExport(record, passphrase);
    expect(text).not.toMatch(/refresh-1|access-1|client-secret|example\.com|correct horse/);
    const arrived = await openExport(text, right);
    expect(arrived).toEqual(record);
    expect(arrived.grant?.tokens.refresh?.reveal()).toBe('refresh-1');
  });

  it('does not open with another passphrase, or when it was changed', async () => {
    const text = await sealExport(fullRecord(), passphrase);
    const refused = { code: 'record_unreadable' };
    await expect(openExport(text, () => Promise.resolve(new Secret('wrong')))).rejects.toMatchObject(refused);
    const json = JSON.parse(text) as { data: string; kdf: object };
    const data = Buffer.from(json.data, 'base64');
    data[3] = (data[3] ?? 0) ^ 1;
    const changed = { ...json, data: data.toString('base64') };
    await expect(openExport(JSON.stringify(changed), right)).rejects.toMatchObject(refused);
    const weaker = { ...json, kdf: { ...json.kdf, n: 1024 } };
    await expect(openExport(JSON.stringify(weaker), right)).rejects.toMatchObject(refused);
  });

  it.each([
    '',
    'hello',
    '[]',
    '{"version": 1, "generation": 1, "server": "https://a.example", "account": "default"}',
  ])('is refused, and no passphrase asked for, when it is %j', async (text) => {
    const asked = () => Promise.reject(new Error('asked'));
    await expect(openExport(text, asked)).rejects.toMatchObject({ code: 'usage' });
  });
});
