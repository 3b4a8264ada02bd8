import { plain } from '@mcpass/auth';
import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { printContent } from '../session/content-text.js';
import { objectsOf, textOf } from '../json-value.js';
import { asCallersMistake, inSession } from '../session/server-session.js';
import { nextCommand } from '../terminal/next-command.js';
import { readTextArguments } from '../session/tool-arguments.js';

export interface PromptOptions {
  readonly server: string;
  readonly prompt: string;
  readonly words: readonly string[];
  readonly login: boolean;
}

export const prompt: Command = defineCommand<PromptOptions>({
  name: 'prompt',
  summary: 'get a prompt',
  examples: [{ line: 'mcpass prompt linear triage team=CORE' }],
  arguments: [
    SERVER,
    { name: 'prompt', summary: 'its name, as mcpass prompts prints it', completes: 'prompt' },
    {
      name: 'arguments',
      summary: 'key=value',
      optional: true,
      variadic: true,
      completes: 'prompt-argument',
    },
  ],
  options: [LOGIN],
  parse: (input) => ({
    server: input.required('server'),
    prompt: input.required('prompt'),
    words: input.rest('arguments'),
    login: input.flag('login'),
  }),
  run(options, deps) {
    const given = readTextArguments(options.words);
    return inSession<ExitCode>(deps, options, async (session) => {
      const { io } = deps;
      const result = await session.getPrompt(options.prompt, given).catch((thrown: unknown) => {
        throw asCallersMistake(
          thrown,
          `${nextCommand(deps.globals, 'prompts', options.server)} lists them with their arguments`,
        );
      });
      if (io.json) {
        io.outJson({ result });
        return 0;
      }
      for (const message of objectsOf(result['messages'])) {
        io.out(io.paint('bold', `${plain(textOf(message['role']) ?? '', 40)}:`));
        const { content } = message;
        printContent(io, Array.isArray(content) ? content : [content]);
      }
      return 0;
    });
  },
});
