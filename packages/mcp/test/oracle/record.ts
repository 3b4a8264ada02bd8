import { isJsonObject, type JsonObject, objectIn } from '@mcpass/auth';
import type { Progress } from '../../src/index.js';
import type { Conversation, Transcript } from './conversation.js';
import { openTap, type Passage, type WireMessage } from './http-tap.js';

/** A POST, without what no two clients say alike: ids, tokens, the client's capabilities. */
export interface Post {
  /** The JSON-RPC method; `response` where the client answers. */
  readonly method: string;
  readonly params: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** A conversation as one client had it, and as the server saw it. */
export interface ConversationRecord extends Transcript {
  readonly posts: readonly Post[];
  /** How many streams were asked for, and how many sessions ended. */
  readonly gets: number;
  readonly deletes: number;
  /** What the server was answered to its questions. */
  readonly answers: readonly unknown[];
  /** The progress that the server reported. */
  readonly reported: readonly Progress[];
}

export type Converse = (url: string, conversation: Conversation) => Promise<Transcript>;

export async function recordConversation(
  url: string,
  conversation: Conversation,
  converse: Converse,
): Promise<ConversationRecord> {
  await using tap = await openTap(url);
  const transcript = await converse(tap.url, conversation);
  const posts = tap.passages.filter(({ http }) => http === 'POST');
  const heard = tap.passages.flatMap((passage) => passage.answers());
  return {
    ...transcript,
    posts: posts.map(postOf),
    gets: tap.passages.filter(({ http }) => http === 'GET').length,
    deletes: tap.passages.filter(({ http }) => http === 'DELETE').length,
    answers: posts.flatMap(({ message }) => answersIn(message)),
    reported: heard
      .filter(({ method }) => method === 'notifications/progress')
      .map(({ params = {} }) => without(params, TOKEN) as unknown as Progress),
  };
}

/** Members of `_meta` that say which call it is. */
const TOKEN = 'progressToken';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

function postOf({ message, headers }: Passage): Post {
  const { method = 'response', params = {} } = message;
  const { _meta, capabilities: _, ...rest } = params;
  const meta = without(objectIn(_meta), TOKEN, CAPABILITIES);
  return {
    method,
    params: { ...rest, ...(Object.keys(meta).length > 0 && { _meta: meta }) },
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith('mcp-') || name === 'accept' || name === 'content-type')
        .map(([name, value]) => [name, name === 'mcp-session-id' ? 'a session' : String(value)]),
    ),
  };
}

function answersIn({ method, params, result }: WireMessage): unknown[] {
  const responses = params?.['inputResponses'];
  if (isJsonObject(responses)) return Object.values(responses);
  return method === undefined && result !== undefined ? [result] : [];
}

export function without(value: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
