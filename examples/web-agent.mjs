// A web application whose people sign in to an MCP server in its own pages, and whose calls carry each person's token.
//
//   PORT=8080 BASE_URL=http://localhost:8080 MCP_URL=https://api.fastmail.com/mcp STATE_KEY=$(openssl rand -hex 32) node examples/web-agent.mjs
import { createServer } from 'node:http';
import { createAuthorizer, webPorts } from '@mcpass/auth';
import { openSession } from '@mcpass/mcp';
import { nodePorts } from '@mcpass/node';
import { createSignInRoutes } from '@mcpass/web';

const { PORT, BASE_URL, MCP_URL, STATE_KEY } = process.env;
// Replicas share one store.
const { store } = nodePorts();

// Who it is: yours is a session that nobody can forge.
function personOf(request) {
  const cookie = /(?:^|; *)user=([\w.-]+)/.exec(request.headers.get('cookie') ?? '')?.[1];
  return request.headers.get('x-user') ?? cookie;
}

function authorizerFor(request, { user } = {}) {
  const account = personOf(request);
  if (account === undefined) return undefined;
  return createAuthorizer({ settings: { url: MCP_URL, account }, ports: webPorts({ store, user }) });
}

const routes = createSignInRoutes({
  authorizerFor,
  baseUrl: `${BASE_URL}/mcp`,
  stateKey: Buffer.from(STATE_KEY, 'hex'),
});

async function answer(request) {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith('/mcp/')) return routes(request);
  if (pathname !== '/') return new Response('not found', { status: 404 });
  const authorizer = authorizerFor(request);
  if (authorizer === undefined) return new Response('who are you?', { status: 401 });
  try {
    const { fetch } = authorizer;
    const session = await openSession({
      url: MCP_URL,
      fetch,
      clientInfo: { name: 'web-agent', version: '1.0.0' },
    });
    const { items } = await session.listTools();
    await session.close();
    return new Response(items.map(({ name }) => name).join('\n'));
  } catch (error) {
    const needed = routes.needed(error, { server: 'main', returnTo: '/' });
    if (needed === undefined) return new Response(error.message, { status: 502 });
    return Response.json({ error: needed.error, signInUrl: needed.elicitation.url }, { status: 401 });
  }
}

createServer(async (incoming, outgoing) => {
  const { method, url, headers } = incoming;
  const response = await answer(new Request(`${BASE_URL}${url}`, { method, headers })).catch(
    () => new Response('something went wrong', { status: 500 }),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
}).listen(Number(PORT), () => console.log(`listening at ${BASE_URL}`));
