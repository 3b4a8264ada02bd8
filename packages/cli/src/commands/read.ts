import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { printRaw, printResource } from '../session/content-text.js';
import { objectsOf } from '../json-value.js';
import { asCallersMistake, inSession } from '../session/server-session.js';
import { nextCommand } from '../terminal/next-command.js';

export interface ReadOptions {
  readonly server: string;
  readonly uri: string;
  readonly raw: boolean;
  readonly login: boolean;
}

export const read: Command = defineCommand<ReadOptions>({
  name: 'read',
  summary: 'read a resource',
  examples: [
    { line: 'mcpass read docs file:///guide.md' },
    { line: 'mcpass read docs file:///logo.png --raw > logo.png' },
  ],
  arguments: [
    SERVER,
    { name: 'uri', summary: 'the address, as mcpass resources prints it', completes: 'resource' },
  ],
  options: [{ flags: '--raw', summary: 'the exact bytes, nothing added' }, LOGIN],
  parse: (input) => ({
    server: input.required('server'),
    uri: input.required('uri'),
    raw: input.flag('raw'),
    login: input.flag('login'),
  }),
  run: (options, deps) =>
    inSession<ExitCode>(deps, options, async (session) => {
      const { io } = deps;
      const result = await session.readResource(options.uri).catch((thrown: unknown) => {
        throw asCallersMistake(
          thrown,
          `${nextCommand(deps.globals, 'resources', options.server)} lists them`,
        );
      });
      if (io.json) io.outJson({ result });
      else if (options.raw) printRaw(io, result['contents']);
      else for (const contents of objectsOf(result['contents'])) printResource(io, contents);
      return 0;
    }),
});
