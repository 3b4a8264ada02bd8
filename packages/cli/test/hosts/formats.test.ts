import { describe, expect, test } from 'vitest';
import { loadFormat } from '../../src/hosts/formats/load-format.js';

const ENTRY = { command: 'mcpass', args: ['bridge', 'linear'] };

const json = await loadFormat('json');
const yaml = await loadFormat('yaml');
const toml = await loadFormat('toml');

interface Example {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** What a removal by itself gives, where it is not the text before. */
  readonly removed?: string;
}

const LINES = `    "linear": {
      "command": "mcpass",
      "args": ["bridge", "linear"]
    }`;

describe('JSON', () => {
  const EXAMPLES: readonly Example[] = [
    {
      what: 'no text',
      before: '',
      after: `{\n  "mcpServers": {\n${LINES}\n  }\n}\n`,
      removed: '{\n  "mcpServers": {}\n}\n',
    },
    {
      what: 'an empty object',
      before: '{}',
      after: `{\n  "mcpServers": {\n${LINES}\n  }\n}`,
      removed: '{\n  "mcpServers": {}\n}',
    },
    {
      what: 'other settings, four blanks, no final line end',
      before: '{\n    "theme": "dark"\n}',
      after: `{
    "theme": "dark",
    "mcpServers": {
        "linear": {
            "command": "mcpass",
            "args": ["bridge", "linear"]
        }
    }
}`,
      removed: '{\n    "theme": "dark",\n    "mcpServers": {}\n}',
    },
    {
      what: 'a comment behind the last server',
      before:
        '{\n  "mcpServers": {\n    "a": { "url": "https://a.example" } // mine\n    /* end */\n  }\n}\n',
      after: `{\n  "mcpServers": {\n    "a": { "url": "https://a.example" }, // mine\n${LINES}\n    /* end */\n  }\n}\n`,
    },
    {
      what: 'a trailing comma',
      before: '{\n  "mcpServers": {\n    "a": {}, // one\n  },\n}\n',
      after: `{\n  "mcpServers": {\n    "a": {}, // one\n${LINES},\n  },\n}\n`,
    },
    {
      what: 'a table on one line',
      before: '{ "mcpServers": { "a": {} }, "b": 1 }\n',
      after:
        '{ "mcpServers": { "a": {}, "linear": { "command": "mcpass", "args": ["bridge", "linear"] } }, "b": 1 }\n',
    },
    {
      what: 'tabs and CRLF behind a byte order mark',
      before: '\ufeff{\r\n\t"mcpServers": {\r\n\t\t"a": {}\r\n\t}\r\n}',
      after:
        '\ufeff{\r\n\t"mcpServers": {\r\n\t\t"a": {},\r\n\t\t"linear": {\r\n\t\t\t"command": "mcpass",\r\n\t\t\t"args": ["bridge", "linear"]\r\n\t\t}\r\n\t}\r\n}',
    },
    {
      what: 'an empty table with a comment in it',
      before: '{\n  "mcpServers": {\n    // none yet\n  }\n}\n',
      after: `{\n  "mcpServers": {\n    // none yet\n${LINES}\n  }\n}\n`,
    },
    {
      what: 'braces and commas in texts and comments',
      before: '{\n  /* }, */ "x": "}, //",\n  "mcpServers": {\n    "a": { "b": "{" } /* , */\n  }\n}\n',
      after: `{\n  /* }, */ "x": "}, //",\n  "mcpServers": {\n    "a": { "b": "{" }, /* , */\n${LINES}\n  }\n}\n`,
    },
  ];

  test.each(EXAMPLES)('$what', ({ before, after, removed }) => {
    expect(json.insert(before, ['mcpServers'], 'linear', ENTRY)).toBe(after);
    expect(json.remove(after, ['mcpServers'], 'linear')).toBe(removed ?? before);
  });

  test('takes the first and the middle one out, and leaves comments that were not put in', () => {
    const text = '{\n  "s": {\n    // first\n    "a": {}, // one\n    "b": {},\n    "c": {}\n  }\n}\n';
    expect(json.remove(text, ['s'], 'a')).toBe(
      '{\n  "s": {\n    // first // one\n    "b": {},\n    "c": {}\n  }\n}\n',
    );
    expect(json.remove(text, ['s'], 'b')).toBe(
      '{\n  "s": {\n    // first\n    "a": {}, // one\n    "c": {}\n  }\n}\n',
    );
  });

  test.each([
    ['nothing but comments', '// later\n'],
    ['a table that is none', '{ "mcpServers": [] }'],
    ['a table that is there twice', '{ "mcpServers": {}, "mcpServers": {} }'],
    ['null', '{ "mcpServers": null }'],
  ])('does not touch %s', (_, text) => {
    expect(json.insert(text, ['mcpServers'], 'linear', ENTRY)).toBeUndefined();
  });

  test('says where a text is wrong', () => {
    expect(() => json.parse('/f.json', '{\n  "a": 1\n  "b": 2\n}')).toThrow(
      '/f.json:3:3: this is not JSON (comma expected).',
    );
    expect(() => json.parse('/f.json', '[]')).toThrow('/f.json:1:1: this is not a JSON object.');
  });

  test('goes two tables down', () => {
    const before = '{\n  "mcp": {\n    "servers": {}\n  }\n}\n';
    const after = json.insert(before, ['mcp', 'servers'], 'linear', ENTRY);
    expect(json.parse('/f', after ?? '')).toEqual({ mcp: { servers: { linear: ENTRY } } });
    expect(json.remove(after ?? '', ['mcp', 'servers'], 'linear')).toBe(before);
  });
});

describe('YAML', () => {
  const EXAMPLES: readonly Example[] = [
    {
      what: 'no text',
      before: '',
      after: 'extensions:\n  linear:\n    command: mcpass\n    args:\n      - bridge\n      - linear\n',
      removed: 'extensions: {}\n',
    },
    {
      what: 'other settings and comments, no final line end',
      before: '# mine\nGOOSE_MODE: auto # fine',
      after:
        '# mine\nGOOSE_MODE: auto # fine\nextensions:\n  linear:\n    command: mcpass\n    args:\n      - bridge\n      - linear\n',
      removed: '# mine\nGOOSE_MODE: auto # fine\nextensions: {}\n',
    },
    {
      what: 'servers in the middle of the file, odd indentation',
      before: 'extensions:\n   memory:\n      enabled: true # yes\n\n# models\nGOOSE_MODEL: x\n',
      after:
        'extensions:\n   memory:\n      enabled: true # yes\n   linear:\n     command: mcpass\n     args:\n       - bridge\n       - linear\n\n# models\nGOOSE_MODEL: x\n',
    },
    {
      what: 'CRLF behind a byte order mark',
      before: '\ufeffextensions:\r\n  a:\r\n    x: 1\r\n',
      after:
        '\ufeffextensions:\r\n  a:\r\n    x: 1\r\n  linear:\r\n    command: mcpass\r\n    args:\r\n      - bridge\r\n      - linear\r\n',
    },
    {
      what: 'a table in braces',
      before: 'extensions: { a: { x: 1 } }\nb: 2\n',
      after: 'extensions: { a: { x: 1 }, "linear": {"command":"mcpass","args":["bridge","linear"]} }\nb: 2\n',
    },
    {
      what: 'empty braces',
      before: 'extensions: {}\n',
      after: 'extensions: {"linear": {"command":"mcpass","args":["bridge","linear"]}}\n',
    },
    {
      what: 'a key with nothing behind it',
      before: 'extensions: # none yet\nb: 1\n',
      after:
        'extensions: # none yet\n  linear:\n    command: mcpass\n    args:\n      - bridge\n      - linear\nb: 1\n',
      removed: 'extensions: {} # none yet\nb: 1\n',
    },
    {
      what: 'a text of several lines at the end',
      before: 'extensions:\n  a:\n    note: |\n      one\n      two\n',
      after:
        'extensions:\n  a:\n    note: |\n      one\n      two\n  linear:\n    command: mcpass\n    args:\n      - bridge\n      - linear\n',
    },
  ];

  test.each(EXAMPLES)('$what', ({ before, after, removed }) => {
    expect(yaml.insert(before, ['extensions'], 'linear', ENTRY)).toBe(after);
    expect(yaml.parse('/f', after)).toMatchObject({ extensions: { linear: ENTRY } });
    expect(yaml.remove(after, ['extensions'], 'linear')).toBe(removed ?? before);
  });

  test('does not touch what is no table, and says where a text is wrong', () => {
    expect(yaml.insert('extensions: [a]\n', ['extensions'], 'linear', ENTRY)).toBeUndefined();
    expect(yaml.insert('{a: 1}\n', ['extensions'], 'linear', ENTRY)).toBeUndefined();
    expect(() => yaml.parse('/f.yaml', 'a: 1\nb: [\n')).toThrow('/f.yaml:3:1: this is not YAML (');
    expect(() => yaml.parse('/f.yaml', '- a\n')).toThrow('this is not a table of settings');
  });
});

test('TOML: a block at the end', () => {
  const before = 'model = "x" # mine\n\n[mcp_servers.a]\nurl = "https://a.example"\n';
  const after = toml.insert(before, ['mcp_servers'], 'linear', { ...ENTRY, env: { A: 'b' } });
  expect(after).toBe(
    `${before}\n[mcp_servers.linear]\ncommand = "mcpass"\nargs = ["bridge", "linear"]\nenv = { A = "b" }\n`,
  );
  expect(toml.remove(after ?? '', ['mcp_servers'], 'linear')).toBe(before);
});
