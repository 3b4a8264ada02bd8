import { randomUUID } from 'node:crypto';
import type { EventStream } from '../http/event-stream.js';
import type { Json, RpcId, RpcResponse } from './json-rpc.js';

/** What an older MCP server remembers of a client between two requests. */
export class Session {
  readonly id: string = randomUUID();
  /** What the client said it can do. */
  capabilities: Json = {};
  readonly #waiting = new Map<RpcId, (answer: RpcResponse) => void>();

  /** The streams on which the server speaks unasked, newest last. */
  #streams: EventStream[] = [];
  readonly #expecting: ((stream: EventStream) => void)[] = [];

  /** The newest open stream. */
  get stream(): EventStream | undefined {
    this.#streams = this.#streams.filter((stream) => !stream.closed.aborted);
    return this.#streams.at(-1);
  }

  /** Adds a stream. */
  open(stream: EventStream): void {
    this.#streams.push(stream);
    for (const resolve of this.#expecting.splice(0)) resolve(stream);
  }

  /** The newest stream, or the next one to be opened. */
  opened(): Promise<EventStream> {
    const { stream } = this;
    return stream === undefined
      ? new Promise((resolve) => this.#expecting.push(resolve))
      : Promise.resolve(stream);
  }

  /** Sends the client a request with `send` and waits for what it answers. */
  request(
    method: string,
    params: Json,
    signal: AbortSignal,
    send: (message: Json) => void,
  ): Promise<RpcResponse> {
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.#waiting.delete(id);
        reject(new Error('nobody waits for the answer any more'));
      });
      this.#waiting.set(id, resolve);
      send({ jsonrpc: '2.0', id, method, params });
    });
  }

  /** Hands an answer of the client to whoever asked; false when nobody did. */
  answer(response: RpcResponse): boolean {
    const resolve = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    resolve?.(response);
    return resolve !== undefined;
  }

  /** Sends a notification on every open stream. */
  notify(message: Json): void {
    for (const stream of this.#streams) stream.send({ type: 'message', data: JSON.stringify(message) });
  }

  /** Closes all streams. */
  end(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams = [];
  }
}
