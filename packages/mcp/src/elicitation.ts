import type { Client, ClientCapabilities } from '@modelcontextprotocol/client';

import { AS_RECEIVED } from './as-received.js';
import { acceptableContent } from './form-defaults.js';
import type { Hold } from './hold.js';
import { isJsonObject, type JsonObject } from './json.js';
import type { Notify } from './notice.js';
import type { Answer, AnswerPolicy, Question } from './question.js';

/** What the client declares. A page to visit needs somebody who visits it. */
export function elicitationCapability(policy: AnswerPolicy): ClientCapabilities {
  return { elicitation: typeof policy === 'function' ? { form: {}, url: {} } : { form: {} } };
}

/**
 * Answers `elicitation/create`, in both eras: a request of its own in the legacy one, part of an `input_required`
 * result in the modern one.
 */
export function answerQuestions(client: Client, policy: AnswerPolicy, hold: Hold, notify: Notify): void {
  client.setRequestHandler('elicitation/create', { params: AS_RECEIVED }, async (params, context) => {
    const question = readQuestion(params);
    const answer = await answerTo(question, policy, hold, context.mcpReq.signal, notify);
    notify({ type: 'question', mode: question.mode, message: question.message, action: answer.action });
    if (answer.action !== 'accept') return { action: answer.action };
    return { action: 'accept', ...(answer.content && { content: answer.content }) };
  });
}

/** The SDK has judged it already, but on a copy without the keywords that it does not know. */
function readQuestion(params: JsonObject): Question {
  const message = String(params['message']);
  if (params['mode'] === 'url') return { mode: 'url', message, url: String(params['url']) };
  const schema = params['requestedSchema'];
  return { mode: 'form', message, schema: isJsonObject(schema) ? schema : {} };
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
