/** `modern`: a revision from 2026-07-28 on, without sessions. `legacy`: an earlier one, opened with `initialize`. */
export type Era = 'modern' | 'legacy';

/** What happens in a session besides answers. Text from the server comes as received: quote it before showing it. */
export type Notice =
  /** `transport` is `sse` for the HTTP+SSE transport of 2024-11-05. */
  | {
      readonly type: 'connected';
      readonly era: Era;
      readonly protocolVersion: string;
      readonly transport: 'http' | 'sse';
    }
  /** The tool is left out of lists and cannot be called: its `x-mcp-header` marks break the rules. */
  | { readonly type: 'tool_dropped'; readonly tool: string; readonly reason: string }
  /** A stream was lost and is opened again after `delayMs`. */
  | { readonly type: 'reconnecting'; readonly attempt: number; readonly delayMs: number }
  /** The server had forgotten the session (HTTP 404): a new one was begun and the request sent again. */
  | { readonly type: 'session_renewed' }
  /** The server asked a question; `action` is what it was answered with. */
  | {
      readonly type: 'question';
      readonly mode: 'form' | 'url';
      readonly message: string;
      readonly action: 'accept' | 'decline' | 'cancel';
    }
  /** A log message of the server. */
  | { readonly type: 'server_log'; readonly level: string; readonly data: unknown }
  /** Something unexpected that did no harm (yet), for a debug log. */
  | { readonly type: 'oddity'; readonly text: string };

export type Notify = (notice: Notice) => void;
