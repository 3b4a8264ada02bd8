/** A server-sent event stream (HTML Living Standard, section 9.2). */
export interface EventStream {
  readonly response: Response;
  /** Sends an event. `data` is a line of text, as JSON is. */
  send(event: {
    readonly data: string;
    readonly type?: string;
    readonly id?: string;
    readonly retryMs?: number;
  }): void;
  close(): void;
  /** Aborted when either side has closed the stream. */
  readonly closed: AbortSignal;
}

/** Opens a stream, with further headers for its response. */
export function openEventStream(headers: Readonly<Record<string, string>> = {}): EventStream {
  const encoder = new TextEncoder();
  const closing = new AbortController();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (opened) => {
      controller = opened;
    },
    cancel: () => closing.abort(),
  });
  return {
    response: new Response(body, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        ...headers,
      },
    }),
    send: ({ data, type, id, retryMs }) => {
      if (closing.signal.aborted) return;
      const lines = [
        ...(type === undefined ? [] : [`event: ${type}`]),
        ...(id === undefined ? [] : [`id: ${id}`]),
        ...(retryMs === undefined ? [] : [`retry: ${retryMs}`]),
        `data: ${data}`,
      ];
      controller?.enqueue(encoder.encode(`${lines.join('\n')}\n\n`));
    },
    close: () => {
      if (closing.signal.aborted) return;
      closing.abort();
      controller?.close();
    },
    closed: closing.signal,
  };
}
