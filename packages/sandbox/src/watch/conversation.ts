import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { LoggedRequest, RequestLog } from '../http/request-log.js';
import { pageHead, pageRow } from './conversation-page.js';

/** The page at the root of both servers, and those who have it open. */
export interface Conversation {
  /** Puts the page at the root, for browsers: everybody else gets what was there. */
  mount(app: Hono<{ Bindings: HttpBindings }>): void;
  /** Appends a request to every open page. */
  show(request: LoggedRequest): void;
}

/** Shows what is in the log, and then what comes. */
export function createConversation(title: string, log: RequestLog): Conversation {
  const pages = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const encoder = new TextEncoder();

  function open(): Response {
    let page: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        page = controller;
        const rows = log.all.filter(({ answer }) => answer !== undefined).map(pageRow);
        controller.enqueue(encoder.encode(pageHead(title) + rows.join('')));
        pages.add(controller);
      },
      cancel: () => {
        if (page !== undefined) pages.delete(page);
      },
    });
    return new Response(body, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      },
    });
  }

  return {
    mount: (app) => {
      app.get('/', (context, next) =>
        context.req.header('accept')?.includes('text/html') === true ? Promise.resolve(open()) : next(),
      );
    },
    show: (request) => {
      const row = encoder.encode(pageRow(request));
      for (const page of pages) page.enqueue(row);
    },
  };
}
