import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyRecord, recordName } from '@mcpass/auth';

/** Fills the store with credentials of other servers, as files: empty ones, or like the JSON of one that is stored. */
export async function fillStore(data: string, count: number, like?: object): Promise<void> {
  const directory = join(data, 'credentials');
  mkdirSync(directory, { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const key = { server: `https://mcp-${number}.example.com/mcp`, account: 'default' };
    const text = JSON.stringify({ ...emptyRecord(key), ...like, ...key, generation: 1 });
    writeFileSync(join(directory, `${await recordName(key)}.json`), text, { mode: 0o600 });
  }
}
