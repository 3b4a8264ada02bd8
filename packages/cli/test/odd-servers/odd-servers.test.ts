import { describe, expect, test } from 'vitest';
import { callOnce, COLUMNS } from './columns.js';
import { startOddServer } from './odd-server.js';
import { ROWS } from './oddities.js';

/* One client: what a server does comes to the same for the command, for a host behind the bridge, and for a program. */

describe.each(ROWS)('a server with $does', ({ odd, right }) => {
  test.each(COLUMNS)('for %s', async (column) => {
    const { url } = await startOddServer(odd());
    const outcome = await callOnce(column, url);
    if (right === 'ok') expect(outcome).toEqual({ text: 'ok' });
    else expect(outcome).toEqual({ failure: expect.stringMatching(right) });
  });
});
