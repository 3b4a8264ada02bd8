import { rmSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { McpassError, plain } from '@mcpass/auth';
import { removeServer } from '@mcpass/node/config';
import { defineCommand, type Command } from '../command.js';
import { readConfiguration } from '../configuration.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { logOutOf, reportLine } from './logout.js';

export interface RemoveOptions {
  readonly server: string;
}

export const remove: Command = defineCommand<RemoveOptions>({
  name: 'remove',
  summary: 'log out and remove a server',
  about: ['Logs out as mcpass logout does, then takes the server out of the configuration.'],
  examples: [{ line: 'mcpass remove linear' }],
  arguments: [{ name: 'name', summary: 'a configured name', completes: 'server' }],
  parse: (input) => ({ server: input.required('name') }),
  run,
});

async function run({ server: wanted }: RemoveOptions, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { config, paths } = readConfiguration(deps);
  const { name } = config.server(wanted);
  if (name === undefined) {
    throw new McpassError('server_unknown', `No configured server has the URL ${plain(wanted)}.`, {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: `to forget its sign-in: mcpass logout ${plain(wanted)}` },
    });
  }
  const report = await logOutOf(name, false, deps);
  const { value: secretFile } = config.explain('oauth.client_secret_file', name);
  await removeServer({ file: paths.configFile, name });
  // A secret that `add` put away itself; a file of the person's own stays.
  if (typeof secretFile === 'string' && resolve(secretFile).startsWith(`${paths.data}${sep}`)) {
    rmSync(secretFile, { force: true });
  }
  if (io.json) {
    io.outJson({ server: { ...report, removed: true }, file: paths.configFile });
    return 0;
  }
  if (report.deleted) io.out(reportLine(report));
  io.out(`Removed ${name} from ${paths.configFile}`);
  return 0;
}
