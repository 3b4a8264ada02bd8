import { RPC_CODES, RpcError, type Json } from './json-rpc.js';

/** What `resources/list` answers. */
export const RESOURCES: readonly Json[] = [
  { uri: 'sandbox://readme', name: 'readme', title: 'Read me', mimeType: 'text/plain' },
];

/** What `resources/templates/list` answers. */
export const RESOURCE_TEMPLATES: readonly Json[] = [
  { uriTemplate: 'sandbox://greeting/{name}', name: 'greeting', mimeType: 'text/plain' },
];

/** What `prompts/list` answers. */
export const PROMPTS: readonly Json[] = [
  {
    name: 'summarize',
    description: 'Asks for a summary.',
    arguments: [{ name: 'topic', description: 'What to summarize', required: true }],
  },
];

/** Serves `resources/read`. The code for a missing resource changed with 2026-07-28. */
export function readResource(uri: unknown, missingCode: number): Json {
  const greeted = /^sandbox:\/\/greeting\/([^/]+)$/.exec(String(uri))?.[1];
  const text =
    uri === 'sandbox://readme' ? 'This is a sandbox.' : greeted && `Hello ${decodeURIComponent(greeted)}!`;
  if (!text) throw new RpcError(missingCode, 'Resource not found', { uri: String(uri) });
  return { contents: [{ uri, mimeType: 'text/plain', text }] };
}

/** Serves `prompts/get`. */
export function getPrompt(name: unknown, args: Json): Json {
  if (name !== 'summarize') throw new RpcError(RPC_CODES.invalidParams, `Unknown prompt: ${String(name)}`);
  const { topic } = args;
  if (typeof topic !== 'string') throw new RpcError(RPC_CODES.invalidParams, 'Missing argument: topic');
  return {
    description: 'Asks for a summary.',
    messages: [{ role: 'user', content: { type: 'text', text: `Summarize ${topic}.` } }],
  };
}
