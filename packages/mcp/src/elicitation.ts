import type { Client, ClientCapabilities } from '@modelcontextprotocol/client';

import { acceptableContent } from './form-defaults.js';
import type { Hold } from './hold.js';
import type { Notify } from './notice.js';
import type { Answer, AnswerContent, AnswerPolicy, Question } from './question.js';

/** What the client declares. A page to visit needs somebody who visits it. */
export function elicitationCapability(policy: AnswerPolicy): ClientCapabilities {
  return { elicitation: typeof policy === 'function' ? { form: {}, url: {} } : { form: {} } };
}

/**
 * Answers `elicitation/create`, in both eras: a request of its own in the legacy one, part of an `input_required`
 * result in the modern one.
 */
export function answerQuestions(client: Client, policy: AnswerPolicy, hold: Hold, notify: Notify): void {
  client.setRequestHandler('elicitation/create', async ({ params }, context) => {
    const question: Question =
      params.mode === 'url'
        ? { mode: 'url', message: params.message, url: params.url }
        : { mode: 'form', message: params.message, schema: { ...params.requestedSchema } };
    const answer = await answerTo(question, policy, hold, context.mcpReq.signal, notify);
    notify({ type: 'question', mode: question.mode, message: question.message, action: answer.action });
    if (answer.action !== 'accept') return { action: answer.action };
    return { action: 'accept', ...(answer.content && { content: contentForSdk(answer.content) }) };
  });
}

async function answerTo(
  question: Question,
  policy: AnswerPolicy,
  hold: Hold,
  signal: AbortSignal,
  notify: Notify,
): Promise<Answer> {
  if (policy === 'accept' && question.mode === 'form') {
    return { action: 'accept', content: acceptableContent(question.schema) };
  }
  // Nobody visits the page that a URL question is about.
  if (typeof policy !== 'function') return { action: 'decline' };
  const release = hold.begin();
  try {
    return await policy(question, signal);
  } catch (error) {
    notify({ type: 'oddity', text: `No answer to a question of the server: ${String(error)}` });
    return { action: 'cancel' };
  } finally {
    release();
  }
}

/** The SDK wants arrays that it might write to. */
function contentForSdk(content: AnswerContent): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
}
