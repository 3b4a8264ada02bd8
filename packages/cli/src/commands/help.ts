import { type Command, type CommandEntry, commandMeant, defineCommand, findCommand } from '../command.js';
import { usageError } from '../failure.js';
import { commandHelp } from '../help/command-help.js';
import { manual } from '../help/overview.js';
import type { Columns } from '../help/layout.js';
import { findTopic, TOPICS } from '../help/topics.js';

export interface HelpOptions {
  readonly topic?: string;
}

export function createHelp(commands: readonly CommandEntry[]): Command {
  return defineCommand<HelpOptions>({
    name: 'help',
    summary: 'help on a command, a topic or a code',
    examples: [
      { line: 'mcpass help' },
      { line: 'mcpass help login' },
      { line: 'mcpass help exit-codes' },
      { line: 'mcpass help login_required', says: 'what an error code means, and what to do' },
      { line: 'mcpass help 4', says: 'what an exit code means' },
    ],
    arguments: [
      {
        name: 'topic',
        summary: 'a command, a topic, an error code or an exit code',
        optional: true,
        completes: 'command',
      },
    ],
    parse(input) {
      const topic = input.argument('topic');
      return topic === undefined ? {} : { topic };
    },
    async run({ topic }, { io }) {
      if (topic === undefined) {
        io.outText(manual(commands, io.columns));
        return 0;
      }
      const text = await topicText(topic, commands, io.columns);
      if (text === undefined) {
        throw usageError(
          `There is no help on "${topic}".${commandMeant(topic, commands, await furtherNames())}`,
        );
      }
      io.outText(text);
      return 0;
    },
  });
}

/** What there is help on beside the commands. */
async function furtherNames(): Promise<readonly string[]> {
  const { ERROR_TEXTS } = await import('../help/error-texts.js');
  return [
    ...TOPICS.map(({ name }) => name),
    ...TOPICS.flatMap(({ also = [] }) => also),
    ...Object.keys(ERROR_TEXTS),
  ];
}

async function topicText(
  name: string,
  commands: readonly CommandEntry[],
  columns: Columns,
): Promise<string | undefined> {
  const topic = findTopic(name);
  const command = findCommand(commands, name);
  const texts = [
    ...(command === undefined ? [] : [commandHelp(await command.load(), columns)]),
    ...(topic === undefined ? [] : [await topic.load(columns)]),
  ];
  if (texts.length > 0) return texts.join('\n');
  return (await import('../help/topic-texts.js')).codeText(name, columns);
}
