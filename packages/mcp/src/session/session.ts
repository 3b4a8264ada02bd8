import type { JsonObject } from '@mcpass/auth';
import type { Era } from '../transport/era.js';

declare global {
  // As in `@mcpass/auth`: valid without the declarations of disposables too.
  interface AsyncDisposable {}
}

/**
 * What a list holds, all pages of it. `supported` is false when the server does not have that kind of thing: an
 * answer, not an error.
 */
export interface Listing {
  readonly supported: boolean;
  /** Each element as the server sent it. */
  readonly items: readonly JsonObject[];
}

export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly [key: string]: unknown;
}

/**
 * A session with one MCP server.
 *
 * Every method rejects with a `McpassError` of step `session` (`facts` has `rpcCode` and `status` where there were any), or
 * with what the given `fetch` threw. Results and elements are as received; a tool that failed is a result with `isError`, not a rejection.
 */
export interface Session extends AsyncDisposable {
  /** Who the server says it is; a modern server need not say. */
  readonly serverInfo: ServerInfo | undefined;
  readonly protocolVersion: string;
  readonly era: Era;
  readonly capabilities: JsonObject;
  /** Advice for a model, foreign text. */
  readonly instructions: string | undefined;

  /** Without the tools that are not enabled, are disabled, or break the rules for `x-mcp-header`. */
  listTools(): Promise<Listing>;
  /** Rejects with `tool_unknown` (`facts.reason`: `not_listed`, `disabled` or `invalid_header`) for a tool that is not there. */
  callTool(name: string, args?: JsonObject): Promise<JsonObject>;
  listResources(): Promise<Listing>;
  listResourceTemplates(): Promise<Listing>;
  readResource(uri: string): Promise<JsonObject>;
  listPrompts(): Promise<Listing>;
  getPrompt(name: string, args?: Readonly<Record<string, string>>): Promise<JsonObject>;
  /** Ends what is under way (`interrupted`), tells a legacy server, closes all streams. At most about two seconds; never rejects. */
  close(): Promise<void>;
}
