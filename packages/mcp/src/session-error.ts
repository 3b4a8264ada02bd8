import { McpassError, type ErrorCode, type Fault } from '@mcpass/auth';

/** The codes that a session makes errors of. Codes of the given `fetch` pass through besides. */
export type SessionErrorCode = Extract<
  ErrorCode,
  | 'tool_unknown'
  | 'server_error'
  | 'rate_limited'
  | 'forbidden'
  | 'answer_invalid'
  | 'answer_too_large'
  | 'timeout'
  | 'dns_failed'
  | 'connect_failed'
  | 'connection_lost'
  | 'tls_failed'
  | 'interrupted'
  | 'usage'
>;

/** A JSON-RPC error as the server sent it: foreign text, to be quoted before it is shown. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface SessionErrorDetails {
  readonly fault: Fault;
  readonly cause?: unknown;
  readonly rpc?: RpcError;
  /** HTTP status of the answer. */
  readonly status?: number;
  /** Further facts for programs, beside `status` and `rpcCode`. */
  readonly facts?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** What went wrong between a session and its server. The message is safe to print. */
export class SessionError extends McpassError {
  declare readonly code: SessionErrorCode;
  /** What the server answered, when it answered with a JSON-RPC error. */
  readonly rpc: RpcError | undefined;
  /** The HTTP status, when that was the answer. */
  readonly status: number | undefined;

  constructor(code: SessionErrorCode, message: string, details: SessionErrorDetails) {
    super(code, message, {
      step: 'session',
      fault: details.fault,
      ...(details.cause === undefined ? {} : { cause: details.cause }),
      facts: {
        ...details.facts,
        ...(details.status === undefined ? {} : { status: details.status }),
        ...(details.rpc === undefined ? {} : { rpcCode: details.rpc.code }),
      },
    });
    this.name = 'SessionError';
    this.rpc = details.rpc;
    this.status = details.status;
  }
}
