import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '@mcpass/auth';
import type { Outcome } from './conversation.js';
import { type ConversationRecord, type Post, without } from './record.js';

/** What both clients made of one conversation. */
export interface Pair {
  readonly ours: ConversationRecord;
  readonly sdk: ConversationRecord;
}

/** A difference between the two clients that stays, and why. */
export interface Exception {
  readonly why: string;
  /** Takes the difference away. Returns the pair itself where there is none: then the exception is out of date. */
  readonly level: (pair: Pair) => Pair;
}

/** 2026-07-28 basic, "ResultType": it is a member of every result. Our results are as received; the SDK takes it out. */
export const RESULT_TYPE_IS_KEPT: Exception = {
  why: 'the SDK takes resultType out of results',
  level: (pair) => ours(pair, (record) => ({ ...record, outcomes: record.outcomes.map(withoutResultType) })),
};

function withoutResultType(outcome: Outcome): Outcome {
  if (!('result' in outcome) || !isJsonObject(outcome.result)) return outcome;
  if (outcome.result['resultType'] !== 'complete') return outcome;
  return { result: without(outcome.result, 'resultType') };
}

/**
 * 2026-07-28 server/tools, "Calling Tools": `arguments` may be left out. We always send them, because servers that
 * validate strictly refuse a call without.
 */
export const ARGUMENTS_ARE_SENT: Exception = {
  why: 'a tool call of ours always has arguments',
  level: (pair) =>
    ours(pair, (record) => ({
      ...record,
      posts: record.posts.map((post) =>
        post.method === 'tools/call' && isEmpty(post.params['arguments'])
          ? { ...post, params: without(post.params, 'arguments') }
          : post,
      ),
    })),
};

/**
 * 2026-07-28 transports/streamable-http, "Client Behavior": who calls MUST know the schema, so that a list comes first and
 * holds the name; a name that it does not hold, nor after a second look, is not sent. The SDK sends it and learns -32602.
 */
export const UNLISTED_TOOL_IS_NOT_CALLED = (name: string): Exception => ({
  why: `${name} is not on the list, which we read again: we do not call it`,
  level(pair) {
    const levelled = refusedHere(pair, name, ({ outcome }) => 'rpcCode' in outcome);
    return ours(levelled, (record) => {
      const again = record.posts.findIndex(
        ({ method }, at) => method === 'tools/list' && record.posts[at - 1]?.method === method,
      );
      return again < 0 ? record : dropPost(record, again);
    });
  },
});

/**
 * 2026-07-28 transports/streamable-http, "Schema Extension": clients MUST reject such a definition. Both take it off the
 * list; the SDK calls the tool all the same.
 */
export const MISMARKED_TOOL_IS_NOT_CALLED = (name: string): Exception => ({
  why: `${name} is marked against the rules: we do not call it`,
  level: (pair) => refusedHere(pair, name, ({ outcome }) => 'result' in outcome),
});

/** Takes out, at both, a call that ours refused with `tool_unknown` and the SDK's server answered. */
function refusedHere(
  pair: Pair,
  name: string,
  isExpected: (theirs: { readonly outcome: Outcome }) => boolean,
): Pair {
  const isIt = ({ method, params }: Post): boolean => method === 'tools/call' && params['name'] === name;
  const at = pair.ours.outcomes.findIndex((outcome, index) => {
    const theirs = pair.sdk.outcomes[index];
    const isRefused = 'failure' in outcome && outcome.failure === 'tool_unknown';
    return isRefused && theirs !== undefined && isExpected({ outcome: theirs });
  });
  if (at < 0 || pair.ours.posts.some(isIt)) return pair;
  const drop = (record: ConversationRecord): ConversationRecord => ({
    ...record,
    outcomes: record.outcomes.filter((_, index) => index !== at),
    posts: record.posts.filter((post) => !isIt(post)),
  });
  return { ours: drop(pair.ours), sdk: drop(pair.sdk) };
}

/**
 * 2025-11-25 server/tools, "Error Handling": -32602 stands for an unknown tool and for wrong arguments alike. Which it
 * was only the list tells, so that we ask for it after such an error.
 */
export const LIST_AFTER_REFUSED_CALL: Exception = {
  why: 'after the refusal of a call we ask for the list, to know whether the name was wrong',
  level: (pair) =>
    ours(pair, (record) => ({
      ...record,
      posts: record.posts.filter(
        ({ method }, at) => !(method === 'tools/list' && record.posts[at - 1]?.method === 'tools/call'),
      ),
    })),
};

/**
 * 2026-07-28 transports/streamable-http, "Client Behavior": a call MUST carry the headers that its schema marks, so that
 * we list before the first call. The SDK calls without them, and lists when it was refused for that.
 */
export const LIST_BEFORE_FIRST_CALL: Exception = {
  why: 'we list before the first call',
  level: (pair) =>
    ours(pair, (record) => {
      const call = record.posts.findIndex(({ method }) => method === 'tools/call');
      return record.posts[call - 1]?.method === 'tools/list' ? dropPost(record, call - 1) : record;
    }),
};

/** The other side of `LIST_BEFORE_FIRST_CALL`: the call that was refused with -32020, and the list after it. */
export const CALL_WITHOUT_HEADERS: Exception = {
  why: 'the SDK calls a marked tool without its headers, is refused, lists and calls again',
  level: (pair) =>
    sdk(pair, (record) => {
      const [first, second, third] = record.posts.filter(({ method }) => method.startsWith('tools/'));
      if (first?.method !== 'tools/call' || second?.method !== 'tools/list') return record;
      if (third?.method !== 'tools/call') return record;
      return { ...record, posts: record.posts.filter((post) => post !== first && post !== second) };
    }),
};

/** 2024-11-05 basic/transports, "HTTP with SSE", asks for no `Accept` with a POST. Ours is that of every POST. */
export const ACCEPT_OF_OLD_TRANSPORT: Exception = {
  why: 'on the old transport the SDK sends the Accept of every fetch',
  level: (pair) => {
    const change: Change = (record) => ({ ...record, posts: record.posts.map(withoutAccept) });
    return { ours: change(pair.ours), sdk: change(pair.sdk) };
  },
};

const withoutAccept = (post: Post): Post => ({
  ...post,
  headers: Object.fromEntries(Object.entries(post.headers).filter(([name]) => name !== 'accept')),
});

/**
 * 2026-07-28 transports/streamable-http, "Value Encoding": a string goes as it is where header syntax allows it, and the
 * empty one does. A tab is allowed in a header and is a control character: both ways to write it mean the same, and
 * encoded it survives whoever takes it for a blank. The SDK encodes the empty string, and not the tab.
 */
export const ENCODING_OF_EMPTY_AND_TAB: Exception = {
  why: 'an empty string goes plain and a tab encoded',
  level: (pair) => {
    const change: Change = (record) => ({ ...record, posts: record.posts.map(withOneEncoding) });
    return { ours: change(pair.ours), sdk: change(pair.sdk) };
  },
};

function withOneEncoding(post: Post): Post {
  const value = post.headers['mcp-param-region'];
  if (value !== '=?base64??=' && value?.includes('\t') !== true) return post;
  const region = value.includes('\t') ? `=?base64?${Buffer.from(value).toString('base64')}?=` : '';
  return { ...post, headers: { ...post.headers, 'mcp-param-region': region } };
}

/**
 * 2025-11-25 client/elicitation, "Requested Schema": accepted content conforms to the schema, so that a required field
 * without a default gets the smallest valid value. The SDK fills in defaults alone, and leaves the field out.
 */
export const REQUIRED_FIELD_IS_FILLED: Exception = {
  why: 'a required field without a default is filled',
  level: (pair) => {
    const missing: unknown = [{ action: 'accept', content: {} }];
    if (!isDeepStrictEqual(pair.sdk.answers, missing)) return pair;
    const { answers, outcomes } = pair.ours;
    return sdk(pair, (record) => ({ ...record, answers, outcomes }));
  },
};

/**
 * 2025-11-25 basic/lifecycle, "Operation", has a client use only what was negotiated. A server that advertises nothing at all
 * has more likely forgotten to than nothing to offer: it is asked, and its refusal is an empty list.
 */
export const NOTHING_ADVERTISED_IS_ASKED: Exception = {
  why: 'a server that advertises nothing is asked for its lists',
  level: (pair) =>
    isDeepStrictEqual(pair.ours.capabilities, {})
      ? ours(pair, (record) => ({
          ...record,
          posts: record.posts.filter(({ method }) => !method.endsWith('/list')),
        }))
      : pair,
};

/** 2025-11-25 basic/transports, "Listening for Messages from the Server": a client MAY. Before a call nobody needs it. */
export const STREAM_WAITS_FOR_A_CALL: Exception = {
  why: 'the stream of the server is opened with the first call',
  level: (pair) =>
    pair.ours.gets < pair.sdk.gets ? sdk(pair, (record) => ({ ...record, gets: pair.ours.gets })) : pair,
};

/**
 * 2026-07-28 server/tools, "Output Schema": clients SHOULD validate. Our results are as received, and whoever needs the promise
 * checks it; the SDK refuses the result with an error that no server sent.
 */
export const OUTPUT_IS_AS_RECEIVED: Exception = {
  why: 'structured output is not validated',
  level: (pair) =>
    sdk(pair, (record) => ({
      ...record,
      outcomes: record.outcomes.map((outcome, at) => {
        const before = pair.ours.outcomes[at];
        return 'rpcCode' in outcome && before !== undefined ? before : outcome;
      }),
    })),
};

/**
 * 2026-07-28 server/utilities/caching, "Time-to-live (TTL) Field": a client MAY fetch before the time is over. Who asks our
 * session for a list wants to know; what is kept serves calls alone.
 */
export const LISTS_ARE_ASKED_ANEW: Exception = {
  why: 'a list that may be kept is asked for again',
  level: (pair) =>
    ours(pair, (record) => {
      const [first, ...more] = record.posts.filter(({ method }) => method === 'tools/list');
      return first === undefined
        ? record
        : { ...record, posts: record.posts.filter((post) => !more.includes(post)) };
    }),
};

function dropPost(record: ConversationRecord, at: number): ConversationRecord {
  return { ...record, posts: record.posts.filter((_, index) => index !== at) };
}

type Change = (record: ConversationRecord) => ConversationRecord;

const ours = (pair: Pair, change: Change): Pair => ({ ...pair, ours: change(pair.ours) });
const sdk = (pair: Pair, change: Change): Pair => ({ ...pair, sdk: change(pair.sdk) });

function isEmpty(value: unknown): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).length === 0;
}
