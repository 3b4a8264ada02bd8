import type { Call } from '../calls/call.js';
import type { Message } from '../message/envelope.js';
import { paramOf } from '../message/meta.js';
import type { Era } from '../transport/era.js';
import { judgeAnswer } from './page-addresses.js';
import type { HostContext } from './translation.js';

/** Answers a call with what the server said, as the host may see it. The message has the call's id. */
export function answerCall(call: Call, answer: Message, era: Era, host: HostContext): void {
  try {
    const judged = judgeAnswer(answer, host.server);
    if (call.method !== 'tools/list') return call.answer(judged);
    const isFirstPage = paramOf(call.message, 'cursor') === undefined;
    call.answer(host.tools.listed(judged, { isModern: era === 'modern', isFirstPage }));
  } catch (thrown) {
    call.fail(thrown);
  }
}
