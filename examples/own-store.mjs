// A program that keeps credentials itself, and decides itself how a person is asked. Here: in a Map, and by printing.
//
//   node examples/own-store.mjs https://api.fastmail.com/mcp
import { createAuthorizer, isMcpassError } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';
import { createTextStore } from './text-store.mjs';

const url = process.argv[2];
/** Stands for a database of yours. */
const rows = new Map();
const store = createTextStore({
  get: (name) => rows.get(name),
  set: (name, text) => rows.set(name, text),
  delete: (name) => rows.delete(name),
  names: () => rows.keys(),
});
const { fetch, signIn, accessToken } = createAuthorizer({
  settings: { url },
  ports: {
    ...nodePorts({ say: (line) => console.error(line) }),
    store,
    observe: (event) => event.type === 'deviation' && console.error(`tolerated: ${event.text}`),
  },
});

try {
  await accessToken();
} catch (error) {
  // Every failure has a code, the step, whose fault it is, and what to do about it.
  if (!isMcpassError(error) || error.code !== 'login_required') throw error;
  await signIn();
}

const response = await fetch(url, {
  method: 'POST',
  headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'example', version: '1' },
    },
  }),
});
console.log(response.status);
await response.body?.cancel();
