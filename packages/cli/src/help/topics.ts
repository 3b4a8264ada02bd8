export interface Topic {
  readonly name: string;
  readonly summary: string;
  load(): Promise<string>;
}

export const TOPICS: readonly Topic[] = [
  {
    name: 'exit-codes',
    summary: 'what a command ends with',
    load: async () => (await import('./topic-texts.js')).exitCodes(),
  },
  {
    name: 'environment',
    summary: 'the variables that are read',
    load: async () => (await import('./topic-texts.js')).environment(),
  },
  {
    name: 'files',
    summary: 'where things are kept',
    load: async () => (await import('./topic-texts.js')).files(),
  },
  {
    name: 'config',
    summary: 'the configuration file and its keys',
    load: async () => (await import('./topic-texts.js')).configuration(),
  },
  {
    name: 'overrides',
    summary: 'excusing one server from one check',
    load: async () => (await import('./topic-texts.js')).overrides(),
  },
];
