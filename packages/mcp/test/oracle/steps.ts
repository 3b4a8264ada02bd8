import type { JsonObject } from '../../src/index.js';
import type { Step } from './conversation.js';

/* Steps in the words of a conversation. */

export const listTools: Step = { do: 'listTools' };
export const listResources: Step = { do: 'listResources' };
export const listResourceTemplates: Step = { do: 'listResourceTemplates' };
export const listPrompts: Step = { do: 'listPrompts' };

export const call = (name: string, args?: JsonObject): Step => ({
  do: 'callTool',
  name,
  ...(args && { args }),
});

export const read = (uri: string): Step => ({ do: 'readResource', uri });

export const prompt = (name: string, args?: Readonly<Record<string, string>>): Step => ({
  do: 'getPrompt',
  name,
  ...(args && { args }),
});
