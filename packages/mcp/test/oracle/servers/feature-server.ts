import {
  fromJsonSchema,
  McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { addQuestions } from './questions.js';
import { said, text } from './content.js';

/** The smallest PNG. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=';

/** A server with one of everything that a client may meet. */
export function createFeatureServer(): McpServer {
  const server = new McpServer(
    {
      name: 'features',
      title: 'Features ✓',
      version: '3.2.1',
      websiteUrl: 'https://example.com/',
      icons: [{ src: 'https://example.com/icon.png', mimeType: 'image/png', sizes: ['48x48'] }],
    },
    {
      instructions: 'Ask politely.\nTwice.',
      capabilities: { logging: {}, experimental: { 'example.com/trial': { level: 2 } } },
    },
  );
  addTools(server);
  addNoisyTools(server);
  addQuestions(server);
  addMarkedTools(server);
  addResources(server);
  addPrompts(server);
  return server;
}

function addTools(server: McpServer): void {
  const echo = fromJsonSchema<{ text: string }>({
    type: 'object',
    properties: { text: { type: 'string', description: 'What to say' } },
    required: ['text'],
  });
  server.registerTool(
    'echo',
    {
      title: 'Echo',
      description: 'Says it again',
      inputSchema: echo,
      annotations: { readOnlyHint: true },
      _meta: { 'example.com/kind': 'parrot' },
    },
    ({ text: words }) => said(words),
  );
  server.registerTool('nothing', { description: 'Takes and gives nothing' }, () => ({ content: [] }));
  server.registerTool('mixed', { description: 'One block of each kind' }, () => ({
    content: [
      { ...text('annotated'), annotations: { audience: ['user'], priority: 0.5 } },
      { type: 'image', data: PIXEL, mimeType: 'image/png' },
      { type: 'audio', data: 'UklGRg==', mimeType: 'audio/wav' },
      { type: 'resource_link', uri: 'notes://a', name: 'a', mimeType: 'text/plain' },
      { type: 'resource', resource: { uri: 'notes://b', mimeType: 'text/plain', text: 'embedded' } },
      { type: 'resource', resource: { uri: 'notes://c', blob: PIXEL, _meta: { 'example.com/size': 1 } } },
    ],
    _meta: { 'example.com/cost': { tokens: 3 } },
  }));
  const sum = fromJsonSchema<{ sum: number; parts: number[] }>({
    type: 'object',
    properties: { sum: { type: 'number' }, parts: { type: 'array', items: { type: 'number' } } },
    required: ['sum'],
  });
  server.registerTool('add', { description: 'Structured', outputSchema: sum }, () => ({
    ...said('{"sum":3,"parts":[1,2]}'),
    structuredContent: { sum: 3, parts: [1, 2] },
  }));
  server.registerTool('fail', { description: 'Fails as a tool does' }, () => ({
    content: [text('That did not work.')],
    isError: true,
  }));
  server.registerTool('ping', { description: 'Asks whether somebody is there' }, async ({ mcpReq }) => {
    await mcpReq.send({ method: 'ping' });
    return said('pong');
  });
  server.registerTool('crash', { description: 'Throws' }, () => {
    throw new Error('out of paper');
  });
}

function addNoisyTools(server: McpServer): void {
  server.registerTool('slow', { description: 'Reports progress' }, async ({ mcpReq }: ServerContext) => {
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken === undefined) return said('Nobody wanted to know.');
    const steps = [
      { progress: 1 },
      { progress: 2.5, total: 4 },
      { progress: 4, total: 4, message: 'almost – fertig' },
    ];
    for (const step of steps) {
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, ...step } });
    }
    return said('done');
  });
  server.registerTool('chat', { description: 'Logs' }, async ({ mcpReq }: ServerContext) => {
    await mcpReq.log('info', 'first');
    await mcpReq.log('warning', { second: [2, null] }, 'chatter');
    return said('logged');
  });
}

/** 2026-07-28 transports/streamable-http, "Custom Headers from Tool Parameters". */
function addMarkedTools(server: McpServer): void {
  const inHeader = (type: string, name: string): object => ({ type, 'x-mcp-header': name });
  const marked = fromJsonSchema<Record<string, unknown>>({
    type: 'object',
    properties: {
      region: inHeader('string', 'Region'),
      count: inHeader('integer', 'Count'),
      dry: inHeader('boolean', 'Dry-Run'),
      place: { type: 'object', properties: { city: inHeader('string', 'City') } },
      plain: { type: 'string' },
    },
    required: ['region'],
  });
  server.registerTool('locate', { description: 'Marked parameters', inputSchema: marked }, (args) =>
    said(JSON.stringify(args)),
  );
  const broken = fromJsonSchema<Record<string, unknown>>({
    type: 'object',
    properties: { size: inHeader('number', 'Not a token') },
  });
  server.registerTool('mismarked', { description: 'Marked against the rules', inputSchema: broken }, () =>
    said('called'),
  );
}

function addResources(server: McpServer): void {
  server.registerResource(
    'readme',
    'notes://readme',
    { title: 'Read me', description: 'A note', mimeType: 'text/markdown', size: 7 },
    ({ href }) => ({ contents: [{ uri: href, mimeType: 'text/markdown', text: '# Read' }] }),
  );
  server.registerResource('pixel', 'notes://pixel', { mimeType: 'image/png' }, ({ href }) => ({
    contents: [
      { uri: href, mimeType: 'image/png', blob: PIXEL },
      { uri: `${href}/about`, text: 'a pixel' },
    ],
  }));
  server.registerResource(
    'note',
    new ResourceTemplate('notes://by-id/{id}', { list: undefined }),
    { title: 'A note', description: 'By its id', mimeType: 'text/plain' },
    ({ href }, { id }) => {
      if (id === 'none') throw new ResourceNotFoundError(href);
      return { contents: [{ uri: href, text: `note ${String(id)}` }] };
    },
  );
}

function addPrompts(server: McpServer): void {
  server.registerPrompt('greet', { title: 'Greeting', description: 'Without arguments' }, () => ({
    description: 'A greeting',
    messages: [
      { role: 'user', content: text('Say hello.') },
      { role: 'assistant', content: { type: 'image', data: PIXEL, mimeType: 'image/png' } },
    ],
  }));
  const review = fromJsonSchema<{ topic: string; tone?: string }>({
    type: 'object',
    properties: { topic: { type: 'string', description: 'About what' }, tone: { type: 'string' } },
    required: ['topic'],
  });
  server.registerPrompt(
    'review',
    { description: 'With arguments', argsSchema: review },
    ({ topic, tone = 'kind' }) => ({
      messages: [{ role: 'user', content: text(`Review ${topic} in a ${tone} tone.`) }],
    }),
  );
}
