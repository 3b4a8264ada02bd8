import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { printRaw, printResource } from '../session/content-text.js';
import { objectsOf } from '../json-value.js';
import {
  attachmentsOf,
  checkOutput,
  FORCE,
  type Output,
  OUTPUT,
  outputOf,
  withSaved,
} from '../session/saved-files.js';
import { asCallersMistake, inSession } from '../session/server-session.js';
import { nextCommand } from '../terminal/next-command.js';

export interface ReadOptions {
  readonly server: string;
  readonly uri: string;
  readonly raw: boolean;
  readonly output?: Output | undefined;
  readonly login: boolean;
}

export const read: Command = defineCommand<ReadOptions>({
  name: 'read',
  summary: 'read a resource',
  examples: [
    { line: 'mcpass read docs file:///guide.md' },
    { line: 'mcpass read docs file:///logo.png -o logo.png' },
  ],
  arguments: [
    SERVER,
    { name: 'uri', summary: 'the address, as mcpass resources prints it', completes: 'resource' },
  ],
  options: [
    { flags: '--raw', summary: 'the exact bytes, nothing added' },
    { ...OUTPUT, summary: 'write it to a file, or into a folder (PATH/, or several)' },
    FORCE,
    LOGIN,
  ],
  parse: (input) => ({
    server: input.required('server'),
    uri: input.required('uri'),
    raw: input.flag('raw'),
    output: outputOf(input),
    login: input.flag('login'),
  }),
  async run(options, deps): Promise<ExitCode> {
    const { output, raw } = options;
    await checkOutput(output, raw);
    const result = await inSession(deps, options, (session) =>
      session.readResource(options.uri).catch((thrown: unknown) => {
        throw asCallersMistake(
          thrown,
          `${nextCommand(deps.globals, 'resources', options.server)} lists them`,
        );
      }),
    );
    const { io } = deps;
    const attachments = attachmentsOf(result['contents'], { texts: true });
    await withSaved(attachments, output, deps, (files) => {
      if (io.json) io.outJson({ result, files });
      else if (raw) printRaw(io, result['contents']);
      // What is in the file need not be shown.
      else if (files === undefined)
        for (const contents of objectsOf(result['contents'])) printResource(io, contents);
    });
    return 0;
  },
});
