import { describe, test } from 'vitest';
import { reportFigures } from './figures.js';
import { kill, PASSPHRASE, share, TIMEOUT } from './sealed.js';

reportFigures('records sealed with a passphrase');

describe('records that are sealed with a passphrase', () => {
  test('twenty processes with one expired token: one refresh', TIMEOUT, () => share(PASSPHRASE, 20));

  test('a process that is killed at every step of a refresh: the sign-in lives', TIMEOUT, () =>
    kill(PASSPHRASE),
  );
});
