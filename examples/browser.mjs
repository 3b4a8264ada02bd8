// A program in a web page, and the page that the authorization server leads back to (/signed-in, the same program). The servers
// have to let pages of your origin ask (CORS), the headers WWW-Authenticate and Mcp-Session-Id included.
import { createAuthorizer, createPageUser, webPorts } from '@mcpass/auth';
import { createTextStore } from './text-store.mjs';

const channel = new BroadcastChannel('signed-in');
/** A script of another origin cannot read it, any script of this one can: a page that shows foreign HTML wants another store. */
const texts = {
  get: (name) => localStorage.getItem(name),
  set: (name, text) => localStorage.setItem(name, text),
  delete: (name) => localStorage.removeItem(name),
  names: () => Object.keys(localStorage),
};
const store = createTextStore(texts, (name, work) => navigator.locks.request(name, work));

/** The authorizer of a server; `opened` is a window that was opened at a click, since later ones are blocked. */
function authorizerOf(url, opened) {
  const user = createPageUser({
    redirectUri: `${location.origin}/signed-in`,
    visit: (authorizationUrl) =>
      new Promise((resolve) => {
        channel.addEventListener('message', ({ data }) => resolve(data), { once: true });
        opened.location = authorizationUrl;
      }),
  });
  return createAuthorizer({ settings: { url }, ports: webPorts({ store, user }), signIn: 'when_needed' });
}

if (location.pathname === '/signed-in') {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it never leaves this one
  channel.postMessage(location.href);
  window.close();
} else {
  document.querySelector('button').addEventListener('click', async () => {
    const opened = window.open('about:blank');
    const url = document.querySelector('input').value;
    const { fetch } = authorizerOf(url, opened);
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    });
    opened.close();
    document.querySelector('output').textContent = `answered with ${response.status}`;
  });
}
