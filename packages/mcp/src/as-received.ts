import { INTERNAL_ERROR, type JSONRPCResponse, type StandardSchemaV1 } from '@modelcontextprotocol/client';

import { judgeRefusal } from './failure.js';
import { isJsonObject, type JsonObject } from './json.js';

/*
 * Results cross the SDK untouched and unjudged. Its own schemas leave out what they do not know, and refuse a whole list
 * for one element that they do not like. So it is given a result that says nothing but "complete" and carries the
 * received one along, under a symbol, and the schema that it is asked with takes that out again.
 */
const RECEIVED = Symbol('received');

/** What the SDK insists on in a modern result; it leaves other members alone. */
const LEAST: JsonObject = {
  content: [],
  contents: [],
  messages: [],
  prompts: [],
  resources: [],
  resourceTemplates: [],
  tools: [],
  ttlMs: 0,
  cacheScope: 'private',
};

/** A request that is waited for. */
export interface SentRequest {
  readonly method: string;
  /** It carries the envelope of 2026-07-28 and later. */
  readonly isModern: boolean;
}

/** A response in the form in which the SDK passes it on unchanged. What greets a server the SDK has to read itself. */
export function wrapResponse(response: JSONRPCResponse, request: SentRequest): JSONRPCResponse {
  if (request.method === 'server/discover' || request.method === 'initialize') return response;
  if ('result' in response) return { ...response, result: wrapResult(response.result, request.isModern) };
  // It makes errors of its own of codes that it knows, and changes the code of some.
  const { message } = response.error;
  const data = judgeRefusal(response.error, request.method);
  return { ...response, error: { code: INTERNAL_ERROR, message, data } };
}

function wrapResult(result: JsonObject, isModern: boolean): JsonObject {
  // 2026-07-28 basic, "ResultType": a client MUST take an absent one for "complete". The SDK refuses it.
  const type = isModern ? (result['resultType'] ?? 'complete') : 'complete';
  // Another type is the SDK's to deal with: a question, or something that nobody knows.
  if (type !== 'complete') return result;
  return { resultType: type, ...LEAST, [RECEIVED]: result };
}

/** The schema to ask the SDK for results with. */
export const AS_RECEIVED: StandardSchemaV1<unknown, JsonObject> = {
  '~standard': {
    version: 1,
    vendor: 'mcpass',
    validate: (value) =>
      isJsonObject(value)
        ? { value: (value as { [RECEIVED]?: JsonObject })[RECEIVED] ?? value }
        : { issues: [{ message: 'the result is not an object' }] },
  },
};
