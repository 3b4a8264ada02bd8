import type { Answer, Era, JsonObject, Progress } from '../../src/index.js';

/** What both clients are told to do. */
export type Step =
  | { readonly do: 'listTools' | 'listResources' | 'listResourceTemplates' | 'listPrompts' }
  | { readonly do: 'callTool'; readonly name: string; readonly args?: JsonObject }
  | { readonly do: 'readResource'; readonly uri: string }
  | { readonly do: 'getPrompt'; readonly name: string; readonly args?: Readonly<Record<string, string>> };

export interface Conversation {
  readonly steps: readonly Step[];
  /** How questions of the server are answered: with the defaults of their forms, or with these, one after the other. */
  readonly answers: 'defaults' | readonly Answer[];
}

/** What became of a step. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly rpcCode: unknown }
  /** Refused by the client itself, before or after it asked the server. */
  | { readonly failure: string };

/** What a client made of a conversation. */
export interface Transcript {
  readonly era: Era | undefined;
  readonly protocolVersion: string | undefined;
  readonly serverInfo: unknown;
  readonly capabilities: unknown;
  readonly instructions: string | undefined;
  readonly outcomes: readonly Outcome[];
  readonly progress: readonly Progress[];
  readonly logs: readonly { readonly level: string; readonly data: unknown }[];
  /** Questions as somebody was shown them; only the messages where defaults answer. */
  readonly questions: readonly unknown[];
}

export const CLIENT_INFO = { name: 'oracle', version: '1.0.0' } as const;

/** Hands out the answers in order. */
export function answersOf({ answers }: Conversation): () => Answer {
  const left = answers === 'defaults' ? [] : [...answers];
  return () => {
    const next = left.shift();
    if (next === undefined) throw new Error('The server asked more often than the conversation has answers.');
    return next;
  };
}
