import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { Clock } from '../clock.js';
import { describeFault, ENDLESS_PATH, playFault, type FaultPlan } from './fault.js';
import { crossOriginHeaders, isPreflight } from './cross-origin.js';
import { refusedRule } from './refusal.js';
import type { Endpoint, LoggedRequest, RequestLog, ServerName } from './request-log.js';

/** The context of a request on a sandbox server. */
export type SandboxContext = Context<{ Bindings: HttpBindings }>;

/** Serves one request. All that it may rely on is what the log shows. */
export type Handle = (request: LoggedRequest, context: SandboxContext) => Response | Promise<Response>;

/** One place where a server answers. */
export interface Route {
  readonly endpoint: Endpoint;
  /** HTTP methods that are served; others get a 405. */
  readonly methods: readonly string[];
  readonly path: string;
  readonly handle: Handle;
}

/** A place that is read. */
export function get(endpoint: Endpoint, path: string, handle: Handle): Route {
  return { endpoint, methods: ['GET'], path, handle };
}

/** A place that is posted to. */
export function post(endpoint: Endpoint, path: string, handle: Handle): Route {
  return { endpoint, methods: ['POST'], path, handle };
}

/** What every route shares. */
export interface Wiring {
  readonly log: RequestLog;
  readonly faults: FaultPlan;
  readonly clock: Clock;
  /** Called when a request has been answered or cut off. */
  readonly onAnswer: (request: LoggedRequest) => void;
}

/** Puts a server's routes on an app: each request is logged, may meet a fault, and is served. */
export function mount(
  app: Hono<{ Bindings: HttpBindings }>,
  server: ServerName,
  routes: readonly Route[],
  wiring: Wiring,
): void {
  for (const route of routes) {
    app.all(route.path, (context) => answer(context, server, route, wiring));
  }
}

/** Serves what no route matches: the endless redirects, and 404 for the rest. */
export function mountRest(app: Hono<{ Bindings: HttpBindings }>, server: ServerName, wiring: Wiring): void {
  const methods = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
  const handle: Handle = (request) => {
    if (!request.path.startsWith(ENDLESS_PATH)) return new Response('Not Found', { status: 404 });
    const hop = Number.parseInt(request.path.slice(ENDLESS_PATH.length), 10);
    return new Response(null, { status: 302, headers: { location: `${ENDLESS_PATH}${hop + 1}` } });
  };
  app.all('*', (context) =>
    answer(context, server, { endpoint: 'unknown', methods, path: '*', handle }, wiring),
  );
}

async function answer(
  context: SandboxContext,
  server: ServerName,
  route: Route,
  wiring: Wiring,
): Promise<Response> {
  const request = await readRequest(context, server, route.endpoint);
  wiring.log.add(request);
  const serve = async (): Promise<Response> =>
    isPreflight(request)
      ? new Response(null, { status: 204 })
      : route.methods.includes(request.method)
        ? route.handle(request, context)
        : new Response('Method Not Allowed', { status: 405, headers: { allow: route.methods.join(', ') } });
  // A browser's question beforehand is not the request that a fault is for.
  const fault = isPreflight(request) ? undefined : wiring.faults.take(request);
  if (fault !== undefined) request.fault = describeFault(fault);
  const response = fault === undefined ? await serve() : await playFault(fault, context.env, serve);
  if (!context.env.incoming.socket.destroyed) {
    request.status = response.status;
    const rule = refusedRule(response);
    if (rule !== undefined) request.refusal = rule;
    request.answer = await readAnswer(response, fault === undefined);
    response.headers.set('date', new Date(wiring.clock.nowS() * 1000).toUTCString());
    for (const [name, value] of crossOriginHeaders(request)) response.headers.set(name, value);
  }
  wiring.onAnswer(request);
  return response;
}

/** Of a stream or a fault only the headers: its body may never end. */
async function readAnswer(
  response: Response,
  isWhole: boolean,
): Promise<NonNullable<LoggedRequest['answer']>> {
  const headers = [...response.headers];
  const isText = /json|urlencoded/.test(response.headers.get('content-type') ?? '');
  return isText && isWhole ? { headers, body: await response.clone().text() } : { headers };
}

async function readRequest(
  context: SandboxContext,
  server: ServerName,
  endpoint: Endpoint,
): Promise<LoggedRequest> {
  const url = new URL(context.req.url);
  const headers = context.req.header();
  const body = await context.req.text();
  const type = headers['content-type'] ?? '';
  const json = type.includes('json') ? parseJson(body) : undefined;
  const { method } = context.req;
  return {
    at: Date.now(),
    server,
    endpoint,
    method,
    path: url.pathname,
    query: url.searchParams,
    headers,
    body,
    form: new URLSearchParams(type.startsWith('application/x-www-form-urlencoded') ? body : ''),
    json,
    ...(endpoint === 'mcp' ? describeCall(method, json) : { operation: method, target: '' }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describeCall(method: string, json: unknown): { operation: string; target: string } {
  if (method !== 'POST' || typeof json !== 'object' || json === null)
    return { operation: method, target: '' };
  const message = json as { method?: unknown; params?: { name?: unknown; uri?: unknown } | null };
  const operation = typeof message.method === 'string' ? message.method : 'response';
  const target = message.params?.name ?? message.params?.uri;
  return { operation, target: typeof target === 'string' ? target : '' };
}
