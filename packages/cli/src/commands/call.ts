import { type JsonObject, McpassError, plain, quote } from '@mcpass/auth';
import type { AnswerPolicy, Progress } from '@mcpass/mcp';
import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import { printContent, printRaw, printText } from '../session/content-text.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { objectsOf, textOf } from '../json-value.js';
import {
  attachmentsOf,
  checkOutput,
  FORCE,
  type Output,
  OUTPUT,
  outputOf,
  type SavedFile,
  withSaved,
} from '../session/saved-files.js';
import { asCallersMistake, inSession } from '../session/server-session.js';
import { nextCommand } from '../terminal/next-command.js';
import { readStandardInput } from '../terminal/standard-input.js';
import { judgeArguments, readArguments } from '../session/tool-arguments.js';

export interface CallOptions {
  readonly server: string;
  readonly tool: string;
  readonly words: readonly string[];
  readonly args?: string | undefined;
  readonly elicit?: string | undefined;
  readonly raw: boolean;
  readonly output?: Output | undefined;
  readonly login: boolean;
}

export const call: Command = defineCommand<CallOptions>({
  name: 'call',
  summary: 'call a tool',
  about: [
    'key=value sends a text, key:=json anything else. A tool that fails ends with exit code 3. Standard input is read only for --args -.',
  ],
  examples: [
    { line: 'mcpass call linear list_issues team=CORE limit:=5' },
    { line: `mcpass call linear create_issue --args '{"title": "Leak", "labels": ["bug"]}'` },
    { line: 'mcpass call linear create_issue --args @issue.json --json' },
    { line: 'mcpass call charts draw year:=2026 -o charts/' },
  ],
  arguments: [
    SERVER,
    { name: 'tool', summary: 'the name of the tool, as mcpass tools prints it', completes: 'tool' },
    {
      name: 'arguments',
      summary: 'key=value or key:=json',
      optional: true,
      variadic: true,
      completes: 'tool-argument',
    },
  ],
  options: [
    { flags: '--args <json>', summary: 'all arguments as JSON; @file reads a file, - standard input' },
    {
      flags: '--elicit <how>',
      summary: "the answer to the server's questions; ask on a terminal, else decline",
      choices: ['accept', 'decline', 'ask'],
    },
    { flags: '--raw', summary: 'the exact bytes of the result, nothing added' },
    OUTPUT,
    FORCE,
    LOGIN,
  ],
  parse: (input) => ({
    server: input.required('server'),
    tool: input.required('tool'),
    words: input.rest('arguments'),
    args: input.option('args'),
    elicit: input.option('elicit'),
    raw: input.flag('raw'),
    output: outputOf(input),
    login: input.flag('login'),
  }),
  run,
});

async function run(options: CallOptions, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { tool, words, args, output } = options;
  await checkOutput(output, options.raw);
  const given = await readArguments(words, args, () => readStandardInput(deps));
  const answer = await answerPolicy(options.elicit, deps);
  const wish = { server: options.server, login: options.login, answer, onProgress: sayProgress(deps) };
  const list = `${nextCommand(deps.globals, 'tools', options.server)} shows its arguments`;
  const { result, wrong } = await inSession(deps, wish, async (session) => {
    const wrongIn = async () => {
      const { items } = await session.listTools();
      return judgeArguments(items.find(({ name }) => name === tool)?.['inputSchema'], given);
    };
    try {
      const answer = await session.callTool(tool, given);
      return {
        result: answer,
        wrong: answer['isError'] === true ? await wrongIn().catch(() => undefined) : undefined,
      };
    } catch (thrown) {
      const hint =
        asCallersMistake(thrown, list) === thrown ? undefined : await wrongIn().catch(() => undefined);
      throw asCallersMistake(thrown, hint === undefined ? list : `${hint}; ${list}`);
    }
  });
  const attachments = attachmentsOf(result['content']);
  await withSaved(attachments, output, deps, (files) => printResult(result, files, options, deps));
  if (result['isError'] === true) throw toolFailure(tool, result, { quoting: io.json, wrong, list });
  return 0;
}

function printResult(
  result: JsonObject,
  files: readonly SavedFile[] | undefined,
  { raw }: CallOptions,
  { io }: Deps,
): void {
  if (io.json) return io.outJson({ result, files });
  if (raw) return printRaw(io, result['content']);
  if (objectsOf(result['content']).length > 0) return printContent(io, result['content']);
  if (result['structuredContent'] !== undefined) {
    printText(io, JSON.stringify(result['structuredContent'], undefined, 2));
  }
}

interface FailureDetails {
  /** The words of the tool are not on the screen yet. */
  readonly quoting: boolean;
  /** What is wrong with the arguments, going by the schema. */
  readonly wrong: string | undefined;
  readonly list: string;
}

function toolFailure(
  tool: string,
  result: JsonObject,
  { quoting, wrong, list }: FailureDetails,
): McpassError {
  const text = objectsOf(result['content'])
    .map((block) => textOf(block['text']))
    .find((said) => said !== undefined && said !== '');
  // People have just read the words; a program finds them in the error too.
  const words = quoting && text !== undefined ? `: ${quote(text)}` : '.';
  return new McpassError('tool_failed', `The tool ${quote(tool)} reports a failure${words}`, {
    step: 'session',
    ...(wrong === undefined
      ? { fault: 'server' }
      : { fault: 'yours', remedy: { do: 'say', text: `${wrong}; ${list}` } }),
  });
}

async function answerPolicy(wish: string | undefined, deps: Deps): Promise<AnswerPolicy> {
  if (wish === 'accept' || wish === 'decline') return wish;
  if (!deps.io.canAsk) {
    if (wish === 'ask') throw usageError('--elicit ask needs a terminal; accept and decline do not.');
    return 'decline';
  }
  const { askPerson } = await import('../session/question.js');
  return askPerson(deps);
}

/** Steps that are shown one by one. */
const MOST_STEPS = 100;

function sayProgress({ io }: Deps): (progress: Progress) => void {
  let count = 0;
  return ({ progress, total, message }) => {
    count += 1;
    // Every one of the first, and then now and then: a server may report as fast as it likes.
    if (count > MOST_STEPS && count % MOST_STEPS !== 0) return;
    const amount = total === undefined ? `${progress}` : `${progress} of ${total}`;
    io.say(`  ${amount}${message === undefined ? '' : `  ${plain(message, 200)}`}`);
  };
}
