import { expect, test } from 'vitest';
import { knowsLinks, linkAddresses } from '../../src/terminal/hyperlink.js';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { atTerminal, hasTerminal } from '../harness/terminal.js';

const link = (address: string, target = address) => `\u001b]8;;${target}\u001b\\${address}\u001b]8;;\u001b\\`;

test('an address is a link, and shows itself', () => {
  const address = 'https://login.example.com/authorize?a=b&c=d';
  expect(linkAddresses(address)).toBe(link(address));
  expect(linkAddresses(`see "${address}", or ${address}.`)).toBe(
    `see "${link(address)}", or ${link(address)}.`,
  );
  expect(linkAddresses('http://127.0.0.1:8080/x')).toContain(']8;;http://127.0.0.1:8080/x');
  // What a shell would act on leads to the same place, encoded.
  expect(linkAddresses('https://a.example/$x')).toBe(link('https://a.example/$x', 'https://a.example/%24x'));
});

test.each([
  'http://mcp.example.com/mcp',
  'https://user:password@mcp.example.com/',
  'https://mcp.example.com/key=…',
  'https://mcp.example.com/cut…',
  'https://…@mcp.example.com/',
  'https://$(id).example.com/',
  'file:///etc/passwd',
  'javascript://x',
])('%s is none', (address) => expect(linkAddresses(address)).toBe(address));

test.each<[boolean, NodeJS.ProcessEnv]>([
  [true, { TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }],
  [true, { TERM: 'xterm-256color', VTE_VERSION: '7603' }],
  [true, { TERM: 'xterm-kitty' }],
  [true, { WT_SESSION: '1' }],
  [true, { TERM: 'tmux-256color', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.5a' }],
  [false, { TERM: 'tmux-256color', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.3a' }],
  [false, { TERM: 'screen', VTE_VERSION: '7603' }],
  [false, { TERM: 'xterm-256color' }],
  [false, { TERM: 'xterm', VTE_VERSION: '4205' }],
  [false, { TERM: 'dumb', TERM_PROGRAM: 'iTerm.app' }],
  [false, { TERM_PROGRAM: 'iTerm.app', NO_COLOR: '1' }],
])('whether a terminal knows them: %s, %j', (knows, env) => expect(knowsLinks(env)).toBe(knows));

test.skipIf(!hasTerminal)(
  'the address of a sign-in stands whole on its line, and is a link where that is known',
  async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    const begin = async (env: Readonly<Record<string, string>>) => {
      const words = ['login', sandbox.url, '--no-wait', '--force'];
      const lines = (await atTerminal(machine, words, [], { env: { COLUMNS: '40', ...env } })).split('\r\n');
      return lines.find((line) => line.includes('response_type=code')) ?? '';
    };
    const plain = await begin({});
    expect(plain).toMatch(/^http:\S+&resource=\S+$/);
    const [, shown = ''] = (await begin({ TERM_PROGRAM: 'iTerm.app' })).split('\u001b\\');
    expect(shown.endsWith('\u001b]8;;')).toBe(true);
    expect(shown).toMatch(/^http:\S+&resource=/);
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect(await begin({ TERM_PROGRAM: 'iTerm.app', ...env })).toMatch(/^http:\S+$/);
    }
    // Never where a program reads.
    const piped = await machine.runWith(
      { env: { TERM_PROGRAM: 'iTerm.app', TERM: 'xterm' } },
      'login',
      sandbox.url,
      '--no-wait',
      '--force',
    );
    expect(piped.stdout).toMatch(/^http:\S+\n$/);
  },
);
