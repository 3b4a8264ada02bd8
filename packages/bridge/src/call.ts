import type { Message } from './envelope.js';
import type { Reopening } from './reopening.js';

/** A request of the host until it is answered. */
export interface Call {
  /** Canonical JSON text. */
  readonly id: string;
  readonly method: string;
  readonly message: Message;
  /** Answered, or cancelled by the host. */
  settled: boolean;
  /** When it began and when it is given up, in milliseconds of `performance.now()`. */
  readonly beganMs: number;
  deadlineMs: number;
  /** Counts among those that are at the server. */
  admitted: boolean;
  /** Ends what is under way for it. */
  abort: (() => void) | undefined;
  /** Sessions that were begun anew on its behalf. */
  renewals: number;
  /** Times that it was sent again because the network failed. */
  repeats: number;
  /** Of a subscription: how soon its stream is opened again, since when it may be open, and whether it brought anything. */
  reopening: Reopening | undefined;
  openedMs: number;
  brought: boolean;
  /** Of a subscription: the host has been told that it stands. */
  acknowledged: boolean;
}

export function createCall(message: Message, id: string, timeoutMs: number): Call {
  const { method } = message.envelope;
  const beganMs = performance.now();
  return {
    id,
    method,
    message,
    settled: false,
    beganMs,
    deadlineMs: beganMs + timeoutMs,
    admitted: false,
    abort: undefined,
    renewals: 0,
    repeats: 0,
    reopening: undefined,
    openedMs: beganMs,
    brought: false,
    acknowledged: false,
  };
}

/**
 * Methods that only read: sending one twice does no harm. A tool call may have been carried out although its answer was
 * lost, and is never sent again once it may have arrived.
 */
const READ_ONLY = new Set([
  'completion/complete',
  'initialize',
  'ping',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'server/discover',
  'tools/list',
]);

export function isReadOnly(method: string): boolean {
  return READ_ONLY.has(method);
}
