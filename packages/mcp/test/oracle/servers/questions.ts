import {
  inputRequired,
  inputResponse,
  type McpServer,
  ProtocolError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { said, text } from './content.js';

const DEFAULTS = {
  type: 'object' as const,
  properties: {
    name: { type: 'string' as const, title: 'Name', default: 'Ada' },
    age: { type: 'integer' as const, minimum: 0, default: 36 },
    score: { type: 'number' as const, default: 0.5 },
    member: { type: 'boolean' as const, default: true },
    colour: { type: 'string' as const, enum: ['red', 'green'], default: 'green' },
    size: {
      type: 'string' as const,
      oneOf: [
        { const: 's', title: 'Small' },
        { const: 'l', title: 'Large' },
      ],
      default: 'l',
    },
    days: {
      type: 'array' as const,
      items: { type: 'string' as const, enum: ['mon', 'tue', 'wed'] },
      default: ['mon', 'wed'],
    },
    nickname: { type: 'string' as const },
  },
  required: ['name', 'age'],
};

/** Tools, a prompt and a resource that ask in between. */
export function addQuestions(server: McpServer): void {
  addForms(server);
  addVisit(server);
  addRounds(server);
  addAskingOthers(server);
}

function addForms(server: McpServer): void {
  server.registerTool('ask', { description: 'Asks a form' }, ({ mcpReq }: ServerContext) => {
    const answer = inputResponse(mcpReq.inputResponses, 'who');
    if (answer.kind !== 'missing') return said(JSON.stringify(answer));
    const who = inputRequired.elicit({ message: 'Who are you?', requestedSchema: DEFAULTS });
    return inputRequired({ inputRequests: { who } });
  });
  server.registerTool('ask_bare', { description: 'A form without defaults' }, ({ mcpReq }: ServerContext) => {
    const answer = inputResponse(mcpReq.inputResponses, 'who');
    if (answer.kind !== 'missing') return said(JSON.stringify(answer));
    const who = inputRequired.elicit({ message: 'Who?', requestedSchema: field('Name') });
    return inputRequired({ inputRequests: { who } });
  });
}

const field = (title: string) => ({
  type: 'object' as const,
  properties: { answer: { type: 'string' as const, title } },
  required: ['answer'],
});

function addRounds(server: McpServer): void {
  server.registerTool('ask_both', { description: 'Two at once' }, ({ mcpReq }: ServerContext) => {
    const { inputResponses } = mcpReq;
    const answers = ['first', 'second'].map((key) => inputResponse(inputResponses, key));
    if (answers.every(({ kind }) => kind !== 'missing')) return said(JSON.stringify(answers));
    return inputRequired({
      inputRequests: {
        first: inputRequired.elicit({ message: 'First?', requestedSchema: field('First') }),
        second: inputRequired.elicit({ message: 'Second?', requestedSchema: field('Second') }),
      },
    });
  });
  server.registerTool('later', { description: 'Wants to be called again' }, ({ mcpReq }: ServerContext) => {
    const state = mcpReq.requestState<string>();
    return state === undefined ? inputRequired({ requestState: 'once' }) : said(`called again: ${state}`);
  });
  server.registerTool('ask_twice', { description: 'Asks, and asks again' }, ({ mcpReq }: ServerContext) => {
    const city = inputResponse(mcpReq.inputResponses, 'city');
    const street = inputResponse(mcpReq.inputResponses, 'street');
    if (street.kind !== 'missing') {
      return said(JSON.stringify([JSON.parse(mcpReq.requestState<string>() ?? 'null'), street]));
    }
    if (city.kind !== 'missing') {
      return inputRequired({
        inputRequests: {
          street: inputRequired.elicit({ message: 'Which street?', requestedSchema: field('Street') }),
        },
        requestState: JSON.stringify(city),
      });
    }
    return inputRequired({
      inputRequests: {
        city: inputRequired.elicit({ message: 'Which city?', requestedSchema: field('City') }),
      },
    });
  });
}

function addVisit(server: McpServer): void {
  server.registerTool('visit', { description: 'Asks for a visit to a page' }, ({ mcpReq }: ServerContext) => {
    const answer = inputResponse(mcpReq.inputResponses, 'page');
    if (answer.kind !== 'missing') return said(JSON.stringify(answer));
    const page = inputRequired.elicitUrl({ message: 'Have a look', url: 'https://example.com/look' });
    return inputRequired({ inputRequests: { page } });
  });
  server.registerTool(
    'insist',
    { description: 'Asks for a visit whatever the client has said' },
    async ({ mcpReq }: ServerContext) => {
      const params = { mode: 'url', message: 'Look', url: 'https://example.com/', elicitationId: 'e-1' };
      try {
        return said(JSON.stringify(await mcpReq.send({ method: 'elicitation/create', params })));
      } catch (thrown) {
        return said(thrown instanceof ProtocolError ? `refused with ${thrown.code}` : String(thrown));
      }
    },
  );
}

/** 2026-07-28 basic/patterns/mrtr, "Supported Requests": prompts and resources may ask as well. */
function addAskingOthers(server: McpServer): void {
  const ask = (message: string) => {
    const topic = inputRequired.elicit({ message, requestedSchema: field('Topic') });
    return inputRequired({ inputRequests: { topic } });
  };
  server.registerPrompt('interview', { description: 'Asks first' }, ({ mcpReq }: ServerContext) => {
    const answer = inputResponse(mcpReq.inputResponses, 'topic');
    if (answer.kind === 'missing') return ask('About what?');
    return { messages: [{ role: 'user', content: text(JSON.stringify(answer)) }] };
  });
  server.registerResource('sealed', 'notes://sealed', {}, ({ href }, { mcpReq }: ServerContext) => {
    const answer = inputResponse(mcpReq.inputResponses, 'topic');
    if (answer.kind === 'missing') return ask('Which word opens it?');
    return { contents: [{ uri: href, text: JSON.stringify(answer) }] };
  });
}
