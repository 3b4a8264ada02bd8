import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { Conversation } from './conversation.js';
import type { Exception, Pair } from './exceptions.js';
import { type ConversationRecord, recordConversation } from './record.js';
import { converseBySdk } from './sdk-conversation.js';
import { converseBySession } from './session-conversation.js';

/**
 * Has the conversation with both clients and expects the same of both, on the inside and on the wire, but for the exceptions;
 * and that each of these is one. Returns what our client made of it.
 */
export async function compareClients(
  url: string,
  conversation: Conversation,
  exceptions: readonly Exception[] = [],
): Promise<ConversationRecord> {
  const sdk = progressFromWire(await recordConversation(url, conversation, converseBySdk));
  const ours = await recordConversation(url, conversation, converseBySession);
  let pair: Pair = { ours, sdk };
  for (const { level, why } of exceptions) {
    const levelled = level(pair);
    expect(isDeepStrictEqual(levelled, pair), `is no exception any more: ${why}`).toBe(false);
    pair = levelled;
  }
  expect(pair.ours).toEqual(pair.sdk);
  return ours;
}

/**
 * Progress is a notification of the server (2026-07-28 basic/patterns/progress). The SDK does not tell its caller what comes in
 * one piece with the answer, and tells what no server reported ("Fulfilling input required by …"): what goes by on the wire is
 * what a caller has to be told.
 */
function progressFromWire(record: ConversationRecord): ConversationRecord {
  return { ...record, progress: record.reported };
}
