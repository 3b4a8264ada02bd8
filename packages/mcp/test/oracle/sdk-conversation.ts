import {
  Client,
  type ProgressCallback,
  ProtocolError,
  SdkError,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import type { Progress } from '../../src/index.js';
import {
  answersOf,
  CLIENT_INFO,
  type Conversation,
  type Outcome,
  type Step,
  type Transcript,
} from './conversation.js';

/** The conversation through the client of the official SDK, used as its documentation says. */
export async function converseBySdk(url: string, conversation: Conversation): Promise<Transcript> {
  const progress: Progress[] = [];
  const logs: { level: string; data: unknown }[] = [];
  const questions: unknown[] = [];
  const nextAnswer = answersOf(conversation);
  const usesDefaults = conversation.answers === 'defaults';

  const createClient = (mode: 'auto' | 'legacy'): Client => {
    // A page to visit is declared where somebody answers, as our session does.
    const elicitation = usesDefaults ? { form: { applyDefaults: true } } : { form: {}, url: {} };
    const client = new Client(CLIENT_INFO, {
      capabilities: { elicitation },
      versionNegotiation: { mode },
    });
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      if (usesDefaults) {
        questions.push(params.message);
        return { action: 'accept', content: {} };
      }
      questions.push(
        params.mode === 'url'
          ? { mode: 'url', message: params.message, url: params.url }
          : { mode: 'form', message: params.message, schema: params.requestedSchema },
      );
      const answer = nextAnswer();
      if (answer.action !== 'accept') return { action: answer.action };
      return { action: 'accept', ...(answer.content && { content: mutable(answer.content) }) };
    });
    client.setNotificationHandler('notifications/message', ({ params }) => {
      logs.push({ level: params.level, data: params.data });
    });
    return client;
  };

  const { client, leave } = await connect(url, createClient);
  try {
    const outcomes: Outcome[] = [];
    for (const step of conversation.steps) {
      outcomes.push(await outcomeOf(take(step, client, (one) => progress.push(one as Progress))));
    }
    return {
      era: client.getProtocolEra(),
      protocolVersion: client.getNegotiatedProtocolVersion(),
      serverInfo: client.getServerVersion(),
      capabilities: client.getServerCapabilities(),
      instructions: client.getInstructions(),
      outcomes,
      progress,
      logs,
      questions,
    };
  } finally {
    await leave();
  }
}

/** "Fall back to SSE for servers that predate Streamable HTTP", "Disconnect cleanly" (the SDK's guide "Connect to a server"). */
async function connect(
  url: string,
  createClient: (mode: 'auto' | 'legacy') => Client,
): Promise<{ client: Client; leave: () => Promise<void> }> {
  try {
    const client = createClient('auto');
    const transport = new StreamableHTTPClientTransport(new URL(url));
    await client.connect(transport);
    const leave = async (): Promise<void> => {
      await transport.terminateSession();
      await client.close();
    };
    return { client, leave };
  } catch {
    const client = createClient('legacy');
    await client.connect(new SSEClientTransport(new URL(url)));
    return { client, leave: () => client.close() };
  }
}

async function take(step: Step, client: Client, onprogress: ProgressCallback): Promise<unknown> {
  const options = { onprogress };
  switch (step.do) {
    case 'callTool':
      return await client.callTool(
        { name: step.name, ...(step.args && { arguments: { ...step.args } }) },
        options,
      );
    case 'readResource':
      return await client.readResource({ uri: step.uri }, options);
    case 'getPrompt':
      return await client.getPrompt(
        { name: step.name, ...(step.args && { arguments: { ...step.args } }) },
        options,
      );
    case 'listTools':
      return (await client.listTools()).tools;
    case 'listResources':
      return (await client.listResources()).resources;
    case 'listResourceTemplates':
      return (await client.listResourceTemplates()).resourceTemplates;
    case 'listPrompts':
      return (await client.listPrompts()).prompts;
  }
}

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await work };
  } catch (thrown) {
    if (thrown instanceof ProtocolError) return { rpcCode: thrown.code };
    if (thrown instanceof SdkError) return { failure: `${thrown.code}: ${thrown.message}` };
    throw thrown;
  }
}

type Content = Record<string, string | number | boolean | string[]>;

function mutable(content: Readonly<Record<string, string | number | boolean | readonly string[]>>): Content {
  return structuredClone(content) as Content;
}
