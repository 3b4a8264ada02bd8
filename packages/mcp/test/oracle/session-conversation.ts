import { isMcpassError } from '@mcpass/auth';
import { openSession, type Notice, type Progress, type Session } from '../../src/index.js';
import {
  answersOf,
  CLIENT_INFO,
  type Conversation,
  type Outcome,
  type Step,
  type Transcript,
} from './conversation.js';

/** The conversation through our session. */
export async function converseBySession(url: string, conversation: Conversation): Promise<Transcript> {
  const progress: Progress[] = [];
  const notices: Notice[] = [];
  const shown: unknown[] = [];
  const nextAnswer = answersOf(conversation);
  await using session = await openSession({
    url,
    fetch,
    clientInfo: CLIENT_INFO,
    answer:
      conversation.answers === 'defaults'
        ? 'accept'
        : async (question) => {
            shown.push(question);
            return nextAnswer();
          },
    onProgress: (step) => progress.push(step),
    onNotice: (notice) => notices.push(notice),
  });
  const outcomes: Outcome[] = [];
  for (const step of conversation.steps) outcomes.push(await outcomeOf(take(step, session)));
  const { era, protocolVersion, serverInfo, capabilities, instructions } = session;
  const logs = notices.flatMap((notice) =>
    notice.type === 'server_log' ? [{ level: notice.level, data: notice.data }] : [],
  );
  const asked = notices.flatMap((notice) =>
    // Where there is a reason, nobody was asked.
    notice.type === 'question' && notice.reason === undefined ? [notice.message] : [],
  );
  const questions = conversation.answers === 'defaults' ? asked : shown;
  return {
    era,
    protocolVersion,
    serverInfo,
    capabilities,
    instructions,
    outcomes,
    progress,
    logs,
    questions,
  };
}

async function take(step: Step, session: Session): Promise<unknown> {
  switch (step.do) {
    case 'callTool':
      return await session.callTool(step.name, step.args);
    case 'readResource':
      return await session.readResource(step.uri);
    case 'getPrompt':
      return await session.getPrompt(step.name, step.args);
    default:
      return (await session[step.do]()).items;
  }
}

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await work };
  } catch (thrown) {
    if (!isMcpassError(thrown)) throw thrown;
    const { rpcCode } = thrown.facts;
    return rpcCode === undefined ? { failure: thrown.code } : { rpcCode };
  }
}
