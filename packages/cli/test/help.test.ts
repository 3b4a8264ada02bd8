import { expect, test } from 'vitest';
import { COMMANDS } from '../src/commands/index.js';
import { EXIT_CODES, exitCodeOf } from '../src/exit.js';
import { commandHelp } from '../src/help/command-help.js';
import { ERROR_TEXTS } from '../src/help/error-texts.js';
import { manual, overview } from '../src/help/overview.js';
import { codeText, isErrorCode } from '../src/help/topic-texts.js';
import { TOPICS } from '../src/help/topics.js';
import { createMachine } from './harness/command.js';
import { atTerminal, hasTerminal } from './harness/terminal.js';

const CODES = [...EXIT_CODES.map(({ code }) => String(code)), ...Object.keys(ERROR_TEXTS)];

async function everyText(columns: number | undefined): Promise<readonly string[]> {
  return [
    overview(COMMANDS, columns),
    manual(COMMANDS, columns),
    ...(await Promise.all(COMMANDS.map(async ({ load }) => commandHelp(await load(), columns)))),
    ...(await Promise.all(TOPICS.map(({ load }) => load(columns)))),
    ...CODES.map((code) => codeText(code, columns) ?? ''),
  ];
}

test.each([40, 60, 80, 120, 200])(
  'all help fits %i columns, but for a word that is longer',
  async (columns) => {
    for (const line of (await everyText(columns)).join('\n').split('\n')) {
      // What a shell or TOML takes as one word is not to be broken.
      const isWord = /^ *(?:[\w.]+ = )?(?:'[^']*'|\S+)(?: \\)?$/.test(line);
      if (!isWord) expect(line.length, line).toBeLessThanOrEqual(columns);
    }
  },
);

test('for a program no sentence is broken', async () => {
  const text = (await everyText(undefined)).join('\n');
  for (const { means, helps } of Object.values(ERROR_TEXTS)) {
    expect(text).toContain(means);
    expect(text).toContain(helps);
  }
});

test.each(Object.keys(ERROR_TEXTS))('%s says what it means, whose fault it is, and what to do', (code) => {
  const text = codeText(code, undefined) ?? '';
  expect(text).toMatch(/^\w+: .+\.\n\n {2}whose fault {2}.+\.\n {2}what to do {3}.+[.?]\n {2}ends with/);
  expect(text).toContain(`mcpass help ${isErrorCode(code) ? exitCodeOf(code) : ''}`);
});

test('help on a code, a topic and one of its options, and on what there is not', async () => {
  const machine = createMachine();
  const help = async (word: string) => {
    const { code, stdout, stderr } = await machine.run('help', word);
    return code === 0 ? stdout : stderr;
  };
  expect(await help('login_required')).toContain('mcpass login SERVER');
  expect(await help('4')).toMatch(/^Exit code 4: sign-in needed.*login_required/s);
  expect(await help('exit-codes')).toMatch(/^ {2}143 +terminated$/m);
  expect(await help('ci')).toContain('--no-wait --json');
  expect(await help('agents')).toBe(await help('ci'));
  expect(await help('options')).toMatch(/^ {2}--trace <file> /m);
  expect(await help('login_requird')).toContain('Did you mean login_required?');
  expect(await help('environmet')).toContain('Did you mean environment?');
  // Its own options at length, those of every command in a line.
  const login = await help('login');
  expect(login).toMatch(/^ {2}--timeout <seconds> /m);
  expect(login).toMatch(/^On every command: -c --config --account .* \(mcpass help options\)$/m);
});

test.skipIf(!hasTerminal)('at a terminal help is laid out for its width, and errors too', async () => {
  const machine = createMachine();
  for (const columns of ['40', '100']) {
    for (const words of [
      ['help', 'login'],
      ['login', 'no-such-server'],
    ]) {
      const lines = (await atTerminal(machine, words, [], { env: { COLUMNS: columns } })).split('\r\n');
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(Number(columns));
      expect(Math.max(...lines.map(({ length }) => length))).toBeGreaterThan(Number(columns) * 0.6);
    }
  }
});
