import type { IncomingMessage } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { htmlAnswer, htmlPage } from './html.js';
import type { Endpoint, LoggedRequest } from './request-log.js';

/**
 * Something that goes wrong between client and server.
 *
 * - `'reset'`: the connection breaks before the server has done anything
 * - `'lost'`: the server does its work and commits, then the connection breaks
 * - `'html'`: a 200 with a web page
 * - `'oversize'`: a JSON answer of more than 256 KiB
 * - `'redirects'`: redirects that never end
 * - `'drip'`: a 200 whose body arrives byte by byte, for ever
 * - `{ delay }`: milliseconds before the server looks at the request
 * - `{ status }`: that status, with `Retry-After` seconds, a body and its media type if given
 * - `{ redirect }`: a redirect to that URL, 307 unless said otherwise
 */
export type Fault =
  | 'reset'
  | 'lost'
  | 'html'
  | 'oversize'
  | 'redirects'
  | 'drip'
  | { readonly delay: number }
  | {
      readonly status: number;
      readonly retryAfter?: number;
      readonly body?: string;
      readonly type?: string;
    }
  | { readonly redirect: string; readonly status?: 301 | 302 | 303 | 307 | 308 };

/** Where a fault strikes: an endpoint, or one operation of the MCP endpoint such as `mcp tools/call`. */
export type FaultPlace = Endpoint | `mcp ${string}`;

/** Of Hono's bindings: what a fault needs. Our own declarations name none of its types. */
interface Bindings {
  readonly incoming: IncomingMessage;
}

/** Where `'redirects'` leads to, and from there on and on. */
export const ENDLESS_PATH = '/endless/';

const OVERSIZE_BYTES = 300 * 1024;
const DRIP_MS = 50;

/** The faults that are still to come, per place. */
export class FaultPlan {
  #pending = new Map<string, { fault: Fault; left: number }>();

  /** @param standing what is played for as long as nothing else is planned for that place */
  constructor(standing: Readonly<Partial<Record<FaultPlace, Fault>>> = {}) {
    for (const [place, fault] of Object.entries(standing)) {
      if (fault !== undefined) this.#pending.set(place, { fault, left: Infinity });
    }
  }

  /** Plays `fault` on the next `times` requests to `place`; replaces an earlier plan for it. */
  set(place: FaultPlace, fault: Fault, times: number): void {
    this.#pending.set(place, { fault, left: times });
  }

  /** Takes the fault for this request off the plan. */
  take(request: LoggedRequest): Fault | undefined {
    for (const place of [`${request.endpoint} ${request.operation}`, request.endpoint]) {
      const pending = this.#pending.get(place);
      if (pending !== undefined && pending.left > 0) {
        pending.left -= 1;
        return pending.fault;
      }
    }
    return undefined;
  }
}

/** The fault in a word, for the log. */
export function describeFault(fault: Fault): string {
  return typeof fault === 'string' ? fault : Object.keys(fault).join(' ');
}

/** Plays a fault. `serve` is what the server would have done without it. */
export async function playFault(
  fault: Fault,
  bindings: Bindings,
  serve: () => Promise<Response>,
): Promise<Response> {
  if (typeof fault === 'string') return SIMPLE[fault](bindings, serve);
  if ('delay' in fault) {
    // A sandbox that is closed meanwhile does not wait for it.
    await new Promise((resolve) => setTimeout(resolve, fault.delay).unref());
    return serve();
  }
  if ('redirect' in fault) {
    return new Response(null, { status: fault.status ?? 307, headers: { location: fault.redirect } });
  }
  const headers = {
    ...(fault.retryAfter !== undefined && { 'retry-after': String(fault.retryAfter) }),
    ...(fault.type !== undefined && { 'content-type': fault.type }),
  };
  return new Response(fault.body ?? null, { status: fault.status, headers });
}

type Play = (bindings: Bindings, serve: () => Promise<Response>) => Response | Promise<Response>;

const SIMPLE: Record<Extract<Fault, string>, Play> = {
  reset: cut,
  lost: async (bindings, serve) => {
    const answer = await serve();
    await answer.body?.cancel();
    return cut(bindings);
  },
  html: () => htmlAnswer(htmlPage('Welcome', '<p>This is a web page, not JSON.</p>')),
  oversize: () => Response.json({ padding: 'x'.repeat(OVERSIZE_BYTES) }),
  redirects: () => new Response(null, { status: 302, headers: { location: `${ENDLESS_PATH}1` } }),
  drip: () => new Response(drip(), { headers: { 'content-type': 'application/json' } }),
};

function cut(bindings: Bindings): Response {
  bindings.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

function drip(): ReadableStream<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  return new ReadableStream({
    start(controller) {
      timer = setInterval(() => controller.enqueue(new Uint8Array([0x20])), DRIP_MS);
    },
    cancel() {
      clearInterval(timer);
    },
  });
}
