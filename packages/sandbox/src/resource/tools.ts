import { setTimeout as sleep } from 'node:timers/promises';
import { failedResult, textResult, type Tool } from './tool.js';

/** The tools that every sandbox MCP server has. */
export const TOOLS: readonly Tool[] = [
  {
    definition: {
      name: 'echo',
      title: 'Echo',
      description: 'Says what you said.',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      annotations: { readOnlyHint: true },
    },
    run: ({ text }) => textResult(String(text)),
  },
  {
    definition: {
      name: 'add',
      description: 'Adds two numbers.',
      inputSchema: {
        type: 'object',
        properties: { a: { type: 'number' }, b: { type: 'number' } },
        required: ['a', 'b'],
      },
      outputSchema: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
    },
    run: ({ a, b }) => {
      const sum = Number(a) + Number(b);
      return { ...textResult(String(sum)), structuredContent: { sum } };
    },
  },
  {
    definition: {
      name: 'whoami',
      description: 'Whose token this is, and what it may do.',
      inputSchema: { type: 'object' },
      outputSchema: {
        type: 'object',
        properties: { subject: { type: 'string' }, scopes: { type: 'array', items: { type: 'string' } } },
        required: ['subject', 'scopes'],
      },
    },
    run: (_, { caller }) => {
      const subject = caller?.grant.person.subject ?? 'anonymous';
      const scopes = caller?.grant.scopes ?? [];
      return {
        ...textResult(`${subject} ${scopes.join(' ')}`.trim()),
        structuredContent: { subject, scopes },
      };
    },
  },
  {
    definition: {
      name: 'slow',
      description: 'Takes its time and reports progress.',
      inputSchema: { type: 'object', properties: { ms: { type: 'integer' } }, required: ['ms'] },
    },
    streams: true,
    run: async ({ ms }, { progress, signal }) => {
      const steps = 4;
      for (let step = 1; step <= steps; step += 1) {
        progress(step, steps, `step ${step} of ${steps}`);
        await sleep(Number(ms) / steps, undefined, { signal });
      }
      return textResult(`took ${String(ms)} ms`);
    },
  },
  {
    definition: { name: 'fail', description: 'Always fails.', inputSchema: { type: 'object' } },
    run: () => failedResult('This tool always fails.'),
  },
  {
    definition: {
      name: 'ask',
      description: 'Asks you something before it answers. Every field has a default.',
      inputSchema: { type: 'object' },
    },
    streams: true,
    run: async (_, { ask }) => {
      const answer = await ask({
        message: 'Who are you?',
        requestedSchema: {
          type: 'object',
          properties: {
            name: { type: 'string', default: 'Ada' },
            age: { type: 'integer', default: 36 },
            score: { type: 'number', default: 95.5 },
            status: { type: 'string', enum: ['active', 'inactive'], default: 'active' },
            verified: { type: 'boolean', default: true },
          },
          required: ['name'],
        },
      });
      return textResult(JSON.stringify({ action: answer['action'], content: answer['content'] }));
    },
  },
  {
    definition: {
      name: 'write',
      description: 'Writes something down. Some profiles want a scope of its own for it.',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      annotations: { destructiveHint: true },
    },
    run: ({ text }) => textResult(`wrote ${String(text).length} characters`),
  },
  {
    definition: {
      name: 'locate',
      description:
        'Its region travels in a header as well (2026-07-28, custom headers from tool parameters).',
      inputSchema: {
        type: 'object',
        properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, query: { type: 'string' } },
        required: ['region'],
      },
    },
    run: ({ region }) => textResult(`located in ${String(region)}`),
  },
  {
    definition: {
      name: 'intricate',
      description: 'Has a schema that is worth preserving.',
      inputSchema: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        $defs: {
          address: {
            $anchor: 'address',
            type: 'object',
            properties: { street: { type: 'string' }, city: { type: 'string' } },
            required: ['city'],
          },
        },
        properties: {
          home: { $ref: '#/$defs/address' },
          contact: { anyOf: [{ type: 'string', format: 'email' }, { type: 'null' }] },
          level: { type: 'integer', minimum: 1, maximum: 5, default: 1 },
        },
        allOf: [{ required: ['home'] }],
        if: { properties: { level: { const: 5 } }, required: ['level'] },
        // oxlint-disable-next-line unicorn/no-thenable -- a JSON Schema keyword
        then: { required: ['contact'] },
        else: { properties: { contact: true } },
        additionalProperties: false,
      },
    },
    run: (args) => textResult(JSON.stringify(args)),
  },
];
