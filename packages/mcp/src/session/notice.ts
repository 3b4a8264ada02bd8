import type { Era } from '../transport/era.js';

/** What happens in a session besides answers. Text from the server comes as received: quote it before showing it. */
export type Notice =
  /** The server was greeted, or greeted again after it had forgotten the session. */
  | {
      readonly type: 'connected';
      /** `modern`: a revision from 2026-07-28 on, without sessions. `legacy`: an earlier one, opened with `initialize`. */
      readonly era: Era;
      readonly protocolVersion: string;
      /** `sse` for the HTTP+SSE transport of 2024-11-05. */
      readonly transport: 'http' | 'sse';
    }
  /** The tool is left out of lists and cannot be called: its `x-mcp-header` marks break the rules. */
  | { readonly type: 'tool_dropped'; readonly tool: string; readonly reason: string }
  /** The server asked a question; `action` is what it was answered with. */
  | {
      readonly type: 'question';
      readonly mode: 'form' | 'url';
      readonly message: string;
      readonly action: 'accept' | 'decline' | 'cancel';
      /** Why nobody was shown the question. */
      readonly reason?: string;
    }
  /** A log message of the server. */
  | { readonly type: 'server_log'; readonly level: string; readonly data: unknown }
  /** Something unexpected that did no harm (yet), or that was put right, for a debug log. */
  | { readonly type: 'oddity'; readonly text: string };

export type Notify = (notice: Notice) => void;
