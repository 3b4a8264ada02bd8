import { McpassError, plain } from '@mcpass/auth';
import type { Config, ConfigValue, Explanation } from '@mcpass/node/config';
import { defineCommand, type Command } from '../command.js';
import { relativeKey } from '../servers/config-explanation.js';
import { readConfiguration } from '../servers/configuration.js';
import { facts } from '../terminal/table.js';

export interface GetOptions {
  readonly server: string;
}

export const get: Command = defineCommand<GetOptions>({
  name: 'get',
  summary: "one server's configuration",
  about: ['Values that may be secret are masked, in JSON too.'],
  examples: [{ line: 'mcpass get linear' }, { line: 'mcpass get linear --json' }],
  arguments: [{ name: 'name', summary: 'a configured name', completes: 'server' }],
  parse: (input) => ({ server: input.required('name') }),
  async run({ server: wanted }, deps) {
    const { io } = deps;
    const { config } = readConfiguration(deps);
    const { name, keys } = keysOf(config, wanted);
    if (io.json) {
      io.outJson({ server: { name, ...nested(keys) } });
      return 0;
    }
    io.out(io.paint('bold', plain(name)));
    for (const line of facts(keys.map(([key, value]) => [key, valueText(value)] as const))) io.out(line);
    return 0;
  },
});

type Key = readonly [key: string, value: ConfigValue];

function keysOf(config: Config, wanted: string): { readonly name: string; readonly keys: readonly Key[] } {
  const { name } = config.server(wanted);
  if (name === undefined) {
    throw new McpassError('server_unknown', `No configured server has the URL ${plain(wanted)}.`, {
      step: 'config',
      fault: 'yours',
    });
  }
  const keys = config
    .explainServer(wanted)
    .flatMap(({ key, value }: Explanation): Key[] =>
      value === undefined ? [] : [[relativeKey(key), value]],
    );
  return { name, keys };
}

function valueText(value: ConfigValue): string {
  return plain(typeof value === 'object' ? value.join(' ') : String(value), 1_000);
}

/** `oauth.client_id` as a member of `oauth`, in camel case as all our JSON. */
function nested(keys: readonly Key[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of keys) {
    // Header names stay as they are.
    const [first = '', ...rest] = key.split('.');
    if (rest.length === 0) root[camelCase(first)] = value;
    else {
      const name = rest.join('.');
      const inner = (root[camelCase(first)] ??= {}) as Record<string, unknown>;
      inner[first.endsWith('headers') ? name.replace(/^"|"$/g, '') : camelCase(name)] = value;
    }
  }
  return root;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
