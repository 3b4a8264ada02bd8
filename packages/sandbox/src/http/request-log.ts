/** Which of the two simulated parties was asked. */
export type ServerName = 'authorization' | 'resource';

/** What a request was for, whatever path a profile puts it at. */
export type Endpoint =
  | 'metadata'
  | 'jwks'
  | 'register'
  | 'authorize'
  | 'consent'
  | 'pushed-request'
  | 'device-authorization'
  | 'device'
  | 'token'
  | 'revoke'
  | 'client-document'
  | 'client-key'
  | 'workload-token'
  | 'idp-metadata'
  | 'idp-jwks'
  | 'idp-token'
  | 'id-token'
  | 'resource-metadata'
  | 'mcp'
  | 'unknown';

/** One request as it came in, and the status it was answered with. */
export interface LoggedRequest {
  /** Machine time of arrival, epoch milliseconds. */
  readonly at: number;
  readonly server: ServerName;
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  /** Decoded query. Use `getAll` to see a parameter that was sent twice. */
  readonly query: URLSearchParams;
  /** Names in lower case; a header sent several times is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The decoded form body; empty when the body was no form. */
  readonly form: URLSearchParams;
  /** The parsed JSON body; undefined when the body was no JSON. */
  readonly json: unknown;
  /** On the MCP endpoint: the JSON-RPC method of a POST (`response` for an answer). Elsewhere the HTTP method. */
  readonly operation: string;
  /** On the MCP endpoint: the tool, prompt or resource named by the call, else empty. */
  readonly target: string;
  /** Missing while the answer is pending, and for good when a fault cut the connection. */
  status?: number;
  /** The fault that was played on this request. */
  fault?: string;
  /** The rule that it broke, where it was refused. */
  refusal?: string;
  /** What it was answered. The body where it is JSON or a form. */
  answer?: { readonly headers: readonly (readonly [string, string])[]; readonly body?: string };
}

/** A sandbox that runs for days must not eat the machine: the oldest requests go first. */
const LIMIT = 20_000;

/** Everything both servers were asked, in order of arrival. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  /** All requests. */
  get all(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /**
   * The requests to one endpoint.
   *
   * @param operation on `mcp`: a JSON-RPC method such as `tools/call`, or an HTTP method such as `GET`
   */
  of(endpoint: Endpoint, operation?: string): LoggedRequest[] {
    return this.#entries.filter(
      (entry) => entry.endpoint === endpoint && (operation === undefined || entry.operation === operation),
    );
  }

  /** The requests to one of the two servers. */
  to(server: ServerName): LoggedRequest[] {
    return this.#entries.filter((entry) => entry.server === server);
  }

  /** `METHOD /path` of every request, or of those to one server: the shape of a whole flow at a glance. */
  paths(server?: ServerName): string[] {
    const entries = server === undefined ? this.#entries : this.to(server);
    return entries.map((entry) => `${entry.method} ${entry.path}`);
  }

  /** Forgets everything so far. */
  clear(): void {
    this.#entries = [];
  }

  /** Adds a request; the servers call this. */
  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length > LIMIT) this.#entries.shift();
  }
}
