import { didYouMean } from '@mcpass/auth';
import { defineCommand, type Command, type CommandEntry } from '../command.js';
import { usageError } from '../failure.js';
import { commandHelp } from '../help/command-help.js';
import { manual } from '../help/overview.js';
import { TOPICS } from '../help/topics.js';

export interface HelpOptions {
  readonly topic?: string;
}

export function createHelp(commands: readonly CommandEntry[]): Command {
  return defineCommand<HelpOptions>({
    name: 'help',
    summary: 'help on a command or a topic',
    examples: [{ line: 'mcpass help' }, { line: 'mcpass help login' }, { line: 'mcpass help exit-codes' }],
    arguments: [{ name: 'topic', summary: 'a command or a topic', optional: true, completes: 'command' }],
    parse(input) {
      const topic = input.argument('topic');
      return topic === undefined ? {} : { topic };
    },
    async run({ topic }, { io }) {
      if (topic === undefined) {
        io.outText(manual(commands));
        return 0;
      }
      const text = await topicText(topic, commands);
      if (text === undefined) {
        const names = [...commands.filter(({ hidden }) => hidden !== true), ...TOPICS].map(
          ({ name }) => name,
        );
        throw usageError(`There is no help on "${topic}".${didYouMean(topic, names)}`);
      }
      io.outText(text);
      return 0;
    },
  });
}

async function topicText(name: string, commands: readonly CommandEntry[]): Promise<string | undefined> {
  const topic = TOPICS.find((candidate) => candidate.name === name);
  const command = commands.find((candidate) => candidate.name === name);
  const texts = [
    ...(command === undefined ? [] : [commandHelp(await command.load())]),
    ...(topic === undefined ? [] : [await topic.load()]),
  ];
  return texts.length === 0 ? undefined : texts.join('\n');
}
