import { quote } from '@mcpass/auth';
import type { Call } from '../calls/call.js';
import { sessionFailure } from '../failure.js';
import { createMessage } from '../message/message.js';
import type { Connection } from './connection.js';

/** The time of a call is over: whoever waits is told, and the server need not go on. Rejects as a cancellation does. */
export async function expireCall(call: Call, connection: Connection): Promise<void> {
  const text = `No answer to ${quote(call.method, 60)} in ${call.deadline.seconds} s.`;
  call.fail(sessionFailure('timeout', text, { fault: 'network' }));
  await takeBack(call, 'timeout', connection);
}

/** Nobody waits for a call any more (2025-11-25 basic/utilities/cancellation). What was not sent is not taken back. */
export async function takeBack(call: Call, reason: string, { current }: Connection): Promise<void> {
  if (!call.underWay) return;
  if (current === undefined) return call.abort();
  const params = JSON.stringify({ requestId: JSON.parse(call.id) as unknown, reason });
  await current.translation.cancel(call, createMessage('notifications/cancelled', params));
}
