import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fact, Step } from '@mcpass/auth';
import { expect, test } from 'vitest';
import { storyLine } from '../../src/terminal/story.js';

const ENGINE = fileURLToPath(new URL('../../../auth/src', import.meta.url));

/** Every decision that the engine tells of. */
const DECISIONS = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) =>
    Array.from(readFileSync(join(ENGINE, name), 'utf8').matchAll(/decide\(\s*'(\w+)',\s*'([^']+)'/g)),
  )
  .map(([, step = '', what = '']) => [step as Step, what] as const);

const tell = (step: Step, what: string, facts: Readonly<Record<string, Fact>>) =>
  storyLine({ type: 'decision', step, what, facts }, 0) ?? '';

test('the engine decides', () => expect(DECISIONS.length).toBeGreaterThan(20));

test.each(DECISIONS)('%s: "%s" is a sentence of its own', (step, what) => {
  // A fact that nobody knows is left out of it; where there is no sentence, all of them are listed.
  const line = tell(step, what, { unheard: 'zebra' });
  expect(line).toMatch(/^[A-Z\W].*\.$/);
  expect(line).not.toContain('zebra');
  expect(line).not.toContain('undefined');
});

test('what is new is told all the same, in quotation marks', () => {
  expect(tell('token', 'looked twice', { because: 'a b', count: 2 })).toBe(
    'Looked twice: because "a b", count "2".',
  );
});

test('a request is told by what it asks for, and a message only where it failed', () => {
  const answer = { type: 'answer', method: 'POST', url: 'https://a.example/x', ms: 1 } as const;
  expect(storyLine({ ...answer, step: 'token', status: 400 }, 0)).toBe(
    'Asked a.example for a token: it answered 400.',
  );
  expect(storyLine({ ...answer, step: 'session', status: 200 }, 0)).toBeUndefined();
  expect(storyLine({ ...answer, type: 'no_answer', step: 'refresh', code: 'timeout' }, 0)).toBe(
    'Asked a.example to renew the token: no answer came (timeout).',
  );
});
