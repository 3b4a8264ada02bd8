import type { Call } from '../calls/call.js';
import type { Message } from '../message/envelope.js';
import { findMember, isObjectAt, valueAt } from '../message/json-scan.js';
import { createMessage, messageOf, withId } from '../message/message.js';
import { paramOf, paramsOf } from '../message/meta.js';
import { resultMessage } from '../message/rpc.js';
import { replaceValue, splice } from '../message/splice.js';
import { DECLINED, judgeQuestion } from './page-addresses.js';
import type { HostContext } from './translation.js';

/**
 * The requests of one session that the host has been shown. It knows them under ids of ours: two sessions may use the
 * same id, and what a person said to the one must not be taken for an answer to the other.
 */
export interface ShownQuestions {
  /**
   * Shows one; `about` is the call that it belongs to, where that is known. Returns the answer instead for one that nobody is
   * shown.
   */
  show(question: Message, about: Call | undefined): Message | undefined;
  /** The host's response as the server knows it; undefined where nothing of this session is open under its id. */
  take(response: Message): Message | undefined;
  /** The server has taken one back: passes that on, unless it is answered already. */
  withdraw(notice: Message): void;
  /** The session is over: the host need not go on asking its user, and is shown no more. */
  stop(): void;
}

/** Questions that are open at a time; of more the oldest is taken back. */
const LIMIT = 1_000;

export function createShownQuestions(host: HostContext): ShownQuestions {
  /** The server's ids, as it writes them and to compare them, under ours. */
  const open = new Map<string, { readonly text: string; readonly id: string }>();
  let stopped = false;

  const close = (ours: string): void => {
    open.delete(ours);
    host.calls.withdraw(ours);
  };
  const takeBack = (ours: string): void => {
    close(ours);
    host.tell(createMessage('notifications/cancelled', `{"requestId":${ours}}`).bytes);
  };

  return {
    show(question, about) {
      const { bytes, envelope } = question;
      const { id, idSpan, method } = envelope;
      if (id === undefined || idSpan === undefined) return undefined;
      if (stopped) {
        host.complaints.say('lost question', 'a question of the server was lost with its session');
        return undefined;
      }
      const judged = judgeQuestion(method, valueAt(bytes, envelope.params), host.server);
      if ('refusal' in judged) {
        host.onDeclined(paramsOf(question), judged.refusal);
        return messageOf(resultMessage(id, DECLINED));
      }
      const ours = host.calls.newId();
      const edits = [replaceValue(idSpan, ours)];
      // Not only the address: a name that stands twice is read differently by different hosts.
      if (judged.changed && envelope.params !== undefined) {
        edits.push(replaceValue(envelope.params, JSON.stringify(judged.params)));
      }
      const shown = splice(bytes, edits);
      const [oldest] = open.keys();
      if (open.size === LIMIT && oldest !== undefined) takeBack(oldest);
      open.set(ours, { text: bytes.toString('utf8', idSpan.start, idSpan.end), id });
      // A ping is answered by a program.
      if (method !== 'ping') host.calls.question(ours, about);
      host.tell(shown);
      return undefined;
    },
    take(response) {
      const { id = '' } = response.envelope;
      const theirs = open.get(id);
      if (theirs === undefined) return undefined;
      close(id);
      return withId(response, theirs.text);
    },
    withdraw(notice) {
      const { bytes, envelope } = notice;
      const span = isObjectAt(bytes, envelope.params)
        ? findMember(bytes, envelope.params, 'requestId')
        : undefined;
      if (span === undefined) return host.tell(bytes);
      const theirs = JSON.stringify(paramOf(notice, 'requestId'));
      const [ours] = [...open].find(([, { id }]) => id === theirs) ?? [];
      if (ours === undefined) return;
      close(ours);
      host.tell(splice(bytes, [replaceValue(span, ours)]));
    },
    stop() {
      stopped = true;
      for (const ours of open.keys()) takeBack(ours);
    },
  };
}
