import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { networkFailure } from '@mcpass/auth';
import type { Carrier, HttpReply } from './carrier.js';
import { withoutCoding } from './content-coding.js';
import { joinHeaders } from './header-fields.js';
import { brokenOff } from './response-body.js';

/**
 * Milliseconds that an idle connection is used again. Shorter than servers keep theirs (Node 5 s, others more), so that
 * a call hardly ever goes out on a connection that the server is just closing: a call cannot be sent twice.
 */
const IDLE_MS = 4_000;

/** Without it a server may use any coding (RFC 9110 section 12.5.3), and none is worth its time between two programs. */
const UNCODED = { 'accept-encoding': 'identity' };

/** How connections are opened, where that is not Node's own way. */
export interface Connecting {
  /** In place of `dns.lookup`. */
  readonly lookup?: LookupFunction;
  /** What TLS is made with; asked for by the first connection that needs it. */
  readonly secureContext?: () => SecureContext;
}

/** Node's HTTP with connections that are kept open: half the CPU of its `fetch` for each request. */
export function createNodeHttpCarrier({ lookup, secureContext }: Connecting = {}): Carrier {
  const options = {
    keepAlive: true,
    timeout: IDLE_MS,
    scheduling: 'lifo',
    ...(lookup && { lookup }),
  } as const;
  const secureAgentOf = (): HttpsAgent =>
    new HttpsAgent({ ...options, ...(secureContext && { secureContext: secureContext() }) });
  let plainAgent: HttpAgent | undefined;
  let secureAgent: HttpsAgent | undefined;

  return {
    send({ method, url, headers, body }) {
      if (!/^https?:$/.test(url.protocol)) throw new TypeError(`no HTTP: ${url.protocol}`);
      const secure = url.protocol === 'https:';
      const agent = secure ? (secureAgent ??= secureAgentOf()) : (plainAgent ??= new HttpAgent(options));
      const send = secure ? httpsRequest : httpRequest;
      const { hostname, port, pathname, search } = url;
      const request = send({
        agent,
        method,
        // Brackets are for URLs; a socket takes the bare address.
        hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
        port: port === '' ? undefined : port,
        path: pathname + search,
        headers: joinHeaders(
          headers,
          body === undefined ? UNCODED : { ...UNCODED, 'content-length': String(body.length) },
        ),
      });
      const reply = new Promise<HttpReply>((resolve, reject) => {
        request.on('response', (message) => resolve(new NodeHttpReply(message)));
        // Stays for the life of the request: a body that breaks off reports here too.
        request.on('error', (error) => reject(networkFailure(error, url.href, 'session')));
        // Another protocol, which nobody asked for: Node gives its connection up without a word.
        request.on('close', () => reject(brokenOff()));
      });
      request.end(body);
      return { reply, abort: () => void request.destroy() };
    },
    close() {
      plainAgent?.destroy();
      secureAgent?.destroy();
    },
  };
}

/**
 * A class for the sake of its getter: one in an object literal gives every object a shape of its own, and the collector
 * of young garbage, which spares shapes, then spares the whole call that such an object belongs to.
 */
class NodeHttpReply implements HttpReply {
  readonly status: number;
  readonly body: Readable;
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.status = message.statusCode ?? 0;
    this.body = withoutCoding(message, message.headers['content-encoding']);
    this.#message = message;
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  get headers(): Headers {
    const { rawHeaders } = this.#message;
    const headers = new Headers();
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
    }
    return headers;
  }
}
