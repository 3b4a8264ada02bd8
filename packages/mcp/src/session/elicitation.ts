import { type JsonObject, objectIn, plain } from '@mcpass/auth';
import { acceptableContent } from './form-fields.js';
import type { Notify } from './notice.js';
import type { PausableClock } from './pausable-clock.js';
import type { Answer, AnswerPolicy, Question } from './question.js';

/** What the client declares. A page to visit needs somebody who visits it. */
export function elicitationCapability(policy: AnswerPolicy): JsonObject {
  return { elicitation: typeof policy === 'function' ? { form: {}, url: {} } : { form: {} } };
}

/** Whether a question comes in a mode that was not declared. */
export function isUndeclared(params: JsonObject, policy: AnswerPolicy): boolean {
  return params['mode'] === 'url' && typeof policy !== 'function';
}

export interface ElicitationParts {
  readonly policy: AnswerPolicy;
  readonly clock: PausableClock;
  readonly notify: Notify;
  /** Aborts when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** The result of an `elicitation/create` with these parameters. */
export async function answerQuestion(params: JsonObject, parts: ElicitationParts): Promise<Answer> {
  const question = readQuestion(params);
  const { mode, message } = question;
  const answer = await answerTo(question, parts);
  parts.notify({ type: 'question', mode, message, action: answer.action });
  if (answer.action !== 'accept') return { action: answer.action };
  return { action: 'accept', ...(answer.content && { content: answer.content }) };
}

/** The parameters of an `elicitation/create`. */
export function readQuestion(params: JsonObject): Question {
  const message = textOf(params['message']);
  if (params['mode'] === 'url') return { mode: 'url', message, url: textOf(params['url']) };
  return { mode: 'form', message, schema: objectIn(params['requestedSchema']) };
}

async function answerTo(
  question: Question,
  { policy, clock, notify, signal }: ElicitationParts,
): Promise<Answer> {
  if (policy === 'accept' && question.mode === 'form') {
    return { action: 'accept', content: acceptableContent(question.schema) };
  }
  // Nobody visits the page that a URL question is about.
  if (typeof policy !== 'function') return { action: 'decline' };
  const resume = clock.pause();
  try {
    return await policy(question, signal);
  } catch (error) {
    notify({ type: 'oddity', text: `No answer to a question of the server: ${plain(String(error))}` });
    return { action: 'cancel' };
  } finally {
    resume();
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
