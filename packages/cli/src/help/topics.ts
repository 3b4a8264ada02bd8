import type { Columns } from './layout.js';

export interface Topic {
  readonly name: string;
  /** What it is found under besides. */
  readonly also?: readonly string[];
  readonly summary: string;
  load(columns: Columns): Promise<string>;
}

const texts = () => import('./topic-texts.js');

export const TOPICS: readonly Topic[] = [
  {
    name: 'options',
    summary: 'the options that every command takes',
    load: async (columns) => (await texts()).options(columns),
  },
  {
    name: 'exit-codes',
    also: ['exit'],
    summary: 'what a command ends with',
    load: async (columns) => (await texts()).exitCodes(columns),
  },
  {
    name: 'error-codes',
    also: ['errors'],
    summary: 'what error.code can be',
    load: async (columns) => (await texts()).errorCodes(columns),
  },
  {
    name: 'ci',
    also: ['agents', 'json', 'scripts'],
    summary: 'for scripts, CI and agents',
    load: async (columns) => (await texts()).ci(columns),
  },
  {
    name: 'environment',
    summary: 'the variables that are read',
    load: async (columns) => (await texts()).environment(columns),
  },
  {
    name: 'files',
    summary: 'where things are kept',
    load: async (columns) => (await texts()).files(columns),
  },
  {
    name: 'configuration',
    also: ['config'],
    summary: 'the configuration file and its keys',
    load: async (columns) => (await texts()).configuration(columns),
  },
  {
    name: 'overrides',
    summary: 'excusing one server from one check',
    load: async (columns) => (await texts()).overrides(columns),
  },
];

/** A topic by one of its names. */
export function findTopic(word: string): Topic | undefined {
  return TOPICS.find(({ name, also = [] }) => name === word || also.includes(word));
}
