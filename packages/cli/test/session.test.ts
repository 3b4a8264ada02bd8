import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ProfileName, Sandbox, SandboxOptions } from '@mcpass/sandbox';
import { createMachine, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';
import { atTerminal, hasTerminal } from './harness/terminal.js';
import { textWidth } from '../src/terminal/text-width.js';

async function signedIn(
  profile: ProfileName = 'plain',
  options: SandboxOptions = {},
): Promise<{ readonly sandbox: Sandbox; readonly machine: Machine }> {
  const sandbox = await startProvider(profile, options);
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('add', 'box', sandbox.url);
  await machine.prepare('login', 'box');
  return { sandbox, machine };
}

describe('tools', () => {
  test('prints name, description and arguments; with --json as the server sent them', async () => {
    const { machine } = await signedIn();
    const text = await machine.run('tools', 'box');
    expect([text.code, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toContain('echo  Says what you said.\n  text*  string\n');
    expect(text.stdout).toContain('  contact  string|null\n');
    const { tools } = (await machine.run('tools', 'box', '--json')).json() as { tools: readonly never[] };
    const intricate = tools.find(({ name }) => name === 'intricate');
    expect(intricate).toMatchObject({
      inputSchema: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $defs: { address: { $anchor: 'address' } },
      },
    });
  });

  test('all of one, with a call to paste; a list is cut to a terminal, which is told how to see the rest', async () => {
    const long = 'word '.repeat(20_000);
    const many = Array.from({ length: 500 }, (_, at) => ({
      name: `tool-${at}`,
      description: at === 7 ? `${long}\nend of it` : '写着'.repeat(30),
      inputSchema: { type: 'object' },
    }));
    const chosen = {
      name: 'choose',
      title: 'Choose',
      description: 'First line.\nSecond line.',
      annotations: { readOnlyHint: true, openWorldHint: false },
      inputSchema: {
        type: 'object',
        $defs: { place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
        properties: {
          size: { type: 'string', enum: ['s', 'm'], default: 'm', description: 'How large it is.' },
          kind: {
            oneOf: [
              { const: 'a', title: 'A' },
              { const: 'b', title: 'B' },
            ],
          },
          where: { $ref: '#/$defs/place' },
          tags: { type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
          note: { type: 'string', description: long },
        },
        required: ['size', 'kind', 'where', 'tags', 'note'],
      },
      outputSchema: { type: 'object', properties: { sum: { type: 'number' } } },
    };
    const { machine } = await signedIn('plain', { extraTools: [chosen, ...many] });
    const piped = await machine.run('tools', 'box');
    expect([piped.code, piped.stderr]).toEqual([0, '']);
    expect(piped.stdout).toContain(`tool-7  ${long}end of it\n`);

    const one = await machine.run('tools', 'box', 'choose');
    expect([one.code, one.stderr]).toEqual([0, '']);
    for (const part of [
      'choose  Choose\nFirst line.\nSecond line.\n',
      '  size*   "s"|"m"         (default: "m") How large it is.\n',
      '  kind*   "a"|"b"\n',
      '  where*  place\n',
      '  tags*   integer|null[]\n',
      `  note*   string          ${long.trim()}\n`,
      '\nAnnotations:\n  {\n    "readOnlyHint": true,',
      '\nInput schema:\n',
      '\nOutput schema:\n',
    ])
      expect(one.stdout).toContain(part);
    const [, example = ''] = /\nExample:\n  mcpass (.*)\n$/.exec(one.stdout) ?? [];
    expect(example).toBe(`call box choose size=m kind=a 'where:={"city":"CITY"}' 'tags:=[1]' note=NOTE`);
    // As it stands: the server takes it.
    const words = example.split(' ').map((word) => word.replaceAll("'", ''));
    expect((await machine.run(...words)).code).toBe(0);
    const json = (await machine.run('tools', 'box', 'choose', '--json')).json();
    expect(json).toEqual({ schema: 1, tools: [chosen] });
    const none = await machine.run('tools', 'box', 'chose');
    expect([none.code, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toContain('There is no tool "chose". Did you mean choose?');

    if (!hasTerminal) return;
    for (const columns of [40, 120]) {
      const shown = stripVTControlCharacters(await atTerminal(machine, ['tools', 'box'], [], { columns }));
      const lines = shown.split(/\r*\n/).filter((line) => line.includes('tool-'));
      expect(lines.length).toBeGreaterThanOrEqual(500);
      for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(columns);
      expect(shown.replaceAll(/\s+/g, ' ')).toContain('Cut to the terminal; whole: mcpass tools box TOOL');
      expect(shown).toContain('…');
    }
  });

  test('a hostile tool cannot write to the terminal', async () => {
    const { machine } = await signedIn('plain', {
      extraTools: [
        {
          name: 'evil\u001b[2Jname',
          description: 'clear\u001b]0;title\u0007 and \u202ereversed\nsecond line',
          inputSchema: { type: 'object', properties: { 'a\u001b[31m': { type: 'x\u001b[1m' } } },
        },
      ],
    });
    const { code, stdout } = await machine.run('tools', 'box');
    expect(code).toBe(0);
    // oxlint-disable-next-line no-control-regex -- they must not be there
    expect(stdout).not.toMatch(/[\u001b\u0007\u202e]/);
    expect(stdout).toContain('reversed second line');
  });
});

describe('call', () => {
  test('key=value is always text, key:=json anything', async () => {
    const { machine, sandbox } = await signedIn();
    const { stdout, code } = await machine.run(
      'call',
      'box',
      'intricate',
      'home:={"city":"Paris"}',
      'contact:=null',
      'level:=5',
    );
    expect([code, JSON.parse(stdout)]).toEqual([0, { home: { city: 'Paris' }, contact: null, level: 5 }]);
    await machine.run('call', 'box', 'echo', 'text=7', 'x==y=z');
    const sent = sandbox.log
      .of('mcp', 'tools/call')
      .map(({ json }) => json as { params: { arguments: unknown } });
    expect(sent.at(-1)?.params.arguments).toEqual({ text: '7', x: '=y=z' });
  });

  test('--args takes JSON, a file and standard input; words add to it', async () => {
    const { machine } = await signedIn();
    const file = join(machine.home, 'args.json');
    writeFileSync(file, '{"text": "from a file"}');
    expect((await machine.run('call', 'box', 'echo', '--args', '{"text":"given"}')).stdout).toBe('given\n');
    expect((await machine.run('call', 'box', 'echo', '--args', `@${file}`)).stdout).toBe('from a file\n');
    expect(
      (await machine.runWith({ stdin: '{"text":"piped"}' }, 'call', 'box', 'echo', '--args', '-')).stdout,
    ).toBe('piped\n');
    expect((await machine.run('call', 'box', 'echo', '--args', '{"text":"a"}', 'text=b')).stdout).toBe('b\n');
    const proto = await machine.run(
      'call',
      'box',
      'intricate',
      '--args',
      '{"__proto__":{"x":1},"home":{"city":"a"}}',
    );
    expect([proto.code, proto.stderr]).not.toContain('__proto__ is lost');
  });

  test('standard input is not read unless asked', async () => {
    const { machine } = await signedIn();
    const running = machine.start({ keepInput: true }, 'call', 'box', 'echo', 'text=a');
    expect((await running.ended).code).toBe(0);
  });

  test('a failed tool ends with 3, its words on standard output', async () => {
    const { machine } = await signedIn();
    const text = await machine.run('call', 'box', 'fail');
    expect([text.code, text.stdout]).toEqual([3, 'This tool always fails.\n']);
    expect(text.stderr).toContain('error: The tool "fail" reports a failure.');
    const json = await machine.run('call', 'box', 'fail', '--json');
    expect(json.code).toBe(3);
    expect(json.json()).toMatchObject({ schema: 1, result: { isError: true, content: [{ type: 'text' }] } });
    expect(json.error()).toMatchObject({ code: 'tool_failed', step: 'session', fault: 'server' });
  });

  test('an unknown tool ends with 2 and a suggestion', async () => {
    const { machine } = await signedIn();
    const { code, stdout, stderr } = await machine.run('call', 'box', 'ehco', 'text=a');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('"ehco"');
    expect(stderr).toContain('Did you mean echo? mcpass tools box lists them');
  });

  test('progress goes to standard error, and the answer alone to standard output', async () => {
    const { machine } = await signedIn();
    const { code, stdout, stderr } = await machine.run('call', 'box', 'slow', 'ms:=40');
    expect([code, stdout]).toEqual([0, 'took 40 ms\n']);
    expect(stderr).toContain('4 of 4  step 4 of 4');
    expect((await machine.run('call', 'box', 'slow', 'ms:=40', '--quiet')).stderr).toBe('');
  });

  test.skipIf(!hasTerminal)('a form has a way back, and no clear answer is no refusal', async () => {
    const { machine } = await signedIn();
    const call = ['call', 'box', 'ask'];
    const said = await atTerminal(machine, call, [
      ['Answer? [y/N] ', 'Bob'],
      ['Answer? [y/N] ', 'y'],
      ['(< goes back one field)', 'Bob'],
      ['age', '<'],
      ['("Ada"): ', 'Eve'],
      ['(36): ', 'old'],
      ['(36): ', ''],
      ['(95.5): ', ''],
      ['("active"): ', ''],
      ['(true): ', ''],
    ]);
    expect(said).toContain('That is not integer.');
    expect(said).toMatch(/"action":"accept".*"name":"Eve","age":36/);
    const unclear = Array.from({ length: 5 }, () => ['Answer? [y/N] ', 'Bob'] as const);
    expect(await atTerminal(machine, call, unclear)).toContain('"action":"cancel"');
  });

  test("answers the server's questions as told, and declines where nobody is", async () => {
    const { machine } = await signedIn();
    const answer = async (...more: string[]) =>
      JSON.parse((await machine.run('call', 'box', 'ask', ...more)).stdout) as object;
    expect(await answer()).toEqual({ action: 'decline' });
    expect(await answer('--elicit', 'decline')).toEqual({ action: 'decline' });
    expect(await answer('--elicit', 'accept')).toEqual({
      action: 'accept',
      content: { name: 'Ada', age: 36, score: 95.5, status: 'active', verified: true },
    });
    const ask = await machine.run('call', 'box', 'ask', '--elicit', 'ask');
    expect(ask.code).toBe(2);
    expect(ask.stderr).toContain('--elicit ask needs a terminal');
  });

  test('--json prints the result as received, --raw its bytes', async () => {
    const { machine } = await signedIn();
    const { result } = (await machine.run('call', 'box', 'add', 'a:=1', 'b:=2', '--json')).json() as {
      result: object;
    };
    expect(result).toMatchObject({ content: [{ type: 'text', text: '3' }], structuredContent: { sum: 3 } });
    expect((await machine.run('call', 'box', 'echo', 'text=a', '--raw')).stdout).toBe('a');
  });
});

describe('resources and prompts', () => {
  test('are listed and read', async () => {
    const { machine } = await signedIn();
    expect((await machine.run('resources', 'box')).stdout).toBe(
      'sandbox://readme\tRead me\ttext/plain\nsandbox://greeting/{name}\tgreeting\ttext/plain\n',
    );
    expect((await machine.run('resources', 'box', '--json')).json()).toMatchObject({
      schema: 1,
      resources: [{ uri: 'sandbox://readme' }],
      resourceTemplates: [{ uriTemplate: 'sandbox://greeting/{name}' }],
    });
    const read = await machine.run('read', 'box', 'sandbox://greeting/Ada');
    expect([read.code, read.stdout]).toEqual([0, expect.stringContaining('Ada')]);
    expect((await machine.run('read', 'box', 'sandbox://readme', '--json')).json()).toMatchObject({
      schema: 1,
      result: { contents: [{ uri: 'sandbox://readme' }] },
    });
    const missing = await machine.run('read', 'box', 'sandbox://nothing');
    expect([missing.code, missing.stdout]).toEqual([3, '']);

    expect((await machine.run('prompts', 'box')).stdout).toContain('  topic*  What to summarize\n');
    const aboutPrompt = await machine.run('prompts', 'box', 'summarize');
    expect([aboutPrompt.code, aboutPrompt.stdout]).toEqual([
      0,
      expect.stringContaining('Example:\n  mcpass prompt box summarize topic=TOPIC\n'),
    ]);
    const aboutResource = await machine.run('resources', 'box', 'sandbox://readme');
    expect(aboutResource.stdout).toContain('"mimeType": "text/plain"');
    expect(aboutResource.stdout).toContain('Example:\n  mcpass read box sandbox://readme\n');
    expect((await machine.run('resources', 'box', 'sandbox://readmi')).code).toBe(2);
    const prompt = await machine.run('prompt', 'box', 'summarize', 'topic=whales');
    expect([prompt.code, prompt.stdout]).toEqual([0, expect.stringContaining('whales')]);
    expect((await machine.run('prompt', 'box', 'summarize', 'topic=whales', '--json')).json()).toMatchObject({
      schema: 1,
      result: { messages: [{ role: 'user' }] },
    });
  });

  test('a server without them gets one clear line and exit code 0', async () => {
    const { machine } = await signedIn('plain', { capabilities: ['tools'] });
    for (const [command, json] of [
      ['resources', { schema: 1, resources: [], resourceTemplates: [] }],
      ['prompts', { schema: 1, prompts: [] }],
    ] as const) {
      const text = await machine.run(command, 'box');
      expect([text.code, text.stdout, text.stderr]).toEqual([0, '', `box offers no ${command}.\n`]);
      const answer = await machine.run(command, 'box', '--json');
      expect([answer.code, answer.json(), answer.stderr]).toEqual([0, json, '']);
    }
  });
});

test('a server that refuses the first version it is offered is spoken to in another', async () => {
  const { machine, sandbox } = await signedIn('plain', { firstVersionRefused: true });
  const { code, stdout, stderr } = await machine.run('call', 'box', 'echo', 'text=a');
  expect([code, stdout], stderr).toEqual([0, 'a\n']);
  expect(sandbox.log.of('mcp').map(({ status }) => status)).toContain(400);
});

describe('without a sign-in', () => {
  test('every command but login says what to run, and opens nothing', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    for (const words of [
      ['tools', 'box'],
      ['call', 'box', 'echo', 'text=a'],
      ['resources', 'box'],
      ['read', 'box', 'sandbox://readme'],
      ['prompts', 'box'],
      ['prompt', 'box', 'summarize'],
      ['token', 'box'],
      ['refresh', 'box'],
    ]) {
      const { code, stdout, stderr } = await machine.run(...words);
      expect([code, stdout], words.join(' ')).toEqual([4, '']);
      expect(stderr).toContain('run:   mcpass login box\n');
    }
    expect(sandbox.log.of('authorize')).toEqual([]);
    expect(sandbox.log.of('register')).toEqual([]);
  });

  test('--login signs in within the command', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const { code, stdout, stderr } = await machine.run('call', sandbox.url, 'echo', 'text=a', '--login');
    expect([code, stdout], stderr).toEqual([0, 'a\n']);
    expect(sandbox.log.of('authorize')).toHaveLength(1);
  });

  test('no timeout runs while a person signs in', async () => {
    const sandbox = await startProvider('plain');
    // A browser opens, and its person takes longer than a server may; that is long enough for any machine.
    const machine = createMachine({ person: 'never' });
    machine.writeConfig(
      `[mcp_servers.box]\nurl = "${sandbox.url}"\nstartup_timeout_sec = 10\ntool_timeout_sec = 10\n`,
    );
    const running = machine.start({}, 'tools', 'box', '--login');
    await running.said('Waiting up to');
    const address = /^http\S+\?response_type=code\S*$/m.exec(running.saidSoFar())?.[0] ?? '';
    await wait(11_000);
    await sandbox.user().open(address);
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('echo')]);
  });

  test('a step-up names the scopes that are missing, and --login fetches them', async () => {
    const sandbox = await startProvider('stepup');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    const first = await machine.run('call', 'box', 'echo', 'text=a', '--login');
    expect([first.code, first.stdout], first.stderr).toEqual([0, 'a\n']);
    const refused = await machine.run('call', 'box', 'write', 'text=a');
    expect([refused.code, refused.stdout]).toEqual([4, '']);
    expect(refused.stderr).toMatch(/run: {3}mcpass login box --scopes \S*mcp:write/);
    const granted = await machine.run('call', 'box', 'write', 'text=a', '--login');
    expect([granted.code, granted.stdout]).toEqual([0, 'wrote 1 characters\n']);
  });

  test('scopes that are named at the sign-in spare a sign-in for each tool, and status shows them', async () => {
    const sandbox = await startProvider('stepup');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    await machine.prepare('login', 'box', '--scopes', 'mcp:basic,mcp:write');
    for (const [tool, said] of [
      ['echo', 'a'],
      ['write', 'wrote 1 characters'],
    ]) {
      const called = await machine.run('call', 'box', tool ?? '', 'text=a', '--login');
      expect([called.code, called.stdout], called.stderr).toEqual([0, `${said}\n`]);
    }
    expect(sandbox.log.of('authorize')).toHaveLength(1);
    expect((await machine.run('status', 'box')).stdout).toContain('mcp:basic mcp:write');
  });
});
