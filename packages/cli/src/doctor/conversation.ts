import { type AuthEvent, type Deviation, plain, type Step } from '@mcpass/auth';
import type { Events } from '../deps.js';
import { decisionText } from '../terminal/event-log.js';

/** Who was asked and what came back, or what was made of it, in the order in which it happened. Redacted as events are. */
export type Turn =
  | {
      readonly kind: 'exchange';
      readonly step: Step;
      readonly method: string;
      /** Where: the origin, and the rest of the address. */
      readonly origin: string;
      readonly path: string;
      /** The status, or the code of the error where no answer came. */
      readonly came: string;
      readonly ok: boolean;
      readonly ms: number;
    }
  | { readonly kind: 'person'; readonly step: Step; readonly text: string; readonly back: boolean }
  | {
      readonly kind: 'finding';
      readonly step: Step;
      readonly text: string;
      /** What was tolerated. */
      readonly deviation?: Deviation;
    };

/** A conversation is shown to people: what goes on for longer is not. */
const LIMIT = 500;

/** Writes down what happens until it is told to end. */
export function recordConversation(events: Events): { readonly turns: readonly Turn[]; end(): void } {
  const turns: Turn[] = [];
  const end = events.listen((event) => {
    const turn = turnOf(event);
    if (turn !== undefined && turns.length < LIMIT) turns.push(turn);
  });
  return { turns, end };
}

function turnOf(event: AuthEvent): Turn | undefined {
  switch (event.type) {
    case 'answer':
    case 'no_answer': {
      const answered = event.type === 'answer';
      const url = URL.canParse(event.url) ? new URL(event.url) : undefined;
      return {
        kind: 'exchange',
        step: event.step,
        method: event.method,
        origin: url?.origin ?? plain(event.url),
        path: url === undefined ? '' : plain(event.url.slice(url.origin.length)),
        came: answered ? String(event.status) : event.code,
        // What a stranger is to be told is no failure.
        ok: answered && (event.status < 400 || (event.step === 'challenge' && event.status === 401)),
        ms: Math.round(event.ms),
      };
    }
    case 'decision':
      return { kind: 'finding', step: event.step, text: decisionText(event) };
    case 'deviation': {
      const { id, step } = event;
      const text = plain(event.text, 500);
      return { kind: 'finding', step, text: `tolerated ${id}: ${text}`, deviation: { id, text } };
    }
    case 'consent':
      return {
        kind: 'person',
        step: 'authorization',
        back: !event.waiting,
        text: event.waiting
          ? 'the person is asked in the browser'
          : 'the browser has come back, or the wait is over',
      };
    default:
      return undefined;
  }
}
