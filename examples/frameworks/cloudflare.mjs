// A Cloudflare Worker: a Durable Object for each person keeps the sign-in and is its own lock (KV is none). /sign-in leads to
// the authorization server, which leads back to /callback; / uses the server, and everything else is not there.
import { createAuthorizer, createPageUser, isMcpassError, webPorts } from '@mcpass/auth';
import { openSession } from '@mcpass/mcp';
import { DurableObject } from 'cloudflare:workers';
import { createTextStore, createQueues } from '../text-store.mjs';

export class Person extends DurableObject {
  exclusively = createQueues();

  async fetch(request) {
    const { origin, pathname } = new URL(request.url);
    const { storage } = this.ctx;
    const store = createTextStore(
      {
        get: (name) => storage.get(name),
        set: (name, text) => storage.put(name, text),
        delete: (name) => storage.delete(name),
        names: async () => (await storage.list()).keys(),
      },
      this.exclusively,
    );
    const user = createPageUser({ redirectUri: `${origin}/callback`, visit: async () => request.url });
    const url = this.env.MCP_URL;
    const authorizer = createAuthorizer({ settings: { url }, ports: webPorts({ store, user }) });

    try {
      if (pathname === '/sign-in')
        return Response.redirect((await authorizer.beginSignIn()).authorizationUrl, 303);
      if (pathname === '/callback') {
        await authorizer.finishSignIn();
        return Response.redirect(`${origin}/`, 303);
      }
      if (pathname !== '/') return new Response('not found', { status: 404 });
      const session = await openSession({
        url,
        fetch: authorizer.fetch,
        clientInfo: { name: 'my-worker', version: '1.0.0' },
      });
      const { items: tools } = await session.listTools();
      await session.close();
      return new Response(tools.map(({ name }) => name).join('\n'));
    } catch (error) {
      if (!isMcpassError(error)) throw error;
      return Response.json(error, { status: error.code === 'login_required' ? 401 : 502 });
    }
  }
}

export default {
  fetch(request, env) {
    // Who it is: out of a session cookie of yours. Everybody is one person here.
    return env.PEOPLE.get(env.PEOPLE.idFromName('one')).fetch(request);
  },
};
