import { plain, quote } from '@mcpass/auth';

import type { JsonObject } from './json.js';
import { SessionError } from './session-error.js';
import { judgeHeaderMarks, type HeaderMark } from './tool-headers.js';

/** Which tools a session may show and call, by name. */
export interface ToolChoice {
  readonly enabledTools?: readonly string[] | undefined;
  readonly disabledTools?: readonly string[] | undefined;
}

/** What is known of a server's tools after they were listed. */
export interface ToolBook {
  /** Those to show, as received. */
  readonly shown: readonly JsonObject[];
  /** Names of those that break the rules, with the reason. */
  readonly dropped: ReadonlyMap<string, string>;
  readonly names: ReadonlySet<string>;
  marksOf(name: string): readonly HeaderMark[];
}

/** `judgesMarks` is false in the legacy era, which knows no `x-mcp-header`. */
export function createToolBook(
  tools: readonly JsonObject[],
  choice: ToolChoice,
  judgesMarks: boolean,
): ToolBook {
  const dropped = new Map<string, string>();
  const marks = new Map<string, readonly HeaderMark[]>();
  for (const tool of judgesMarks ? tools : []) {
    const verdict = judgeHeaderMarks(tool['inputSchema']);
    if (verdict.valid) marks.set(nameOf(tool), verdict.marks);
    else dropped.set(nameOf(tool), verdict.reason);
  }
  return {
    shown: tools.filter((tool) => !dropped.has(nameOf(tool)) && isChosen(nameOf(tool), choice)),
    dropped,
    names: new Set(tools.map(nameOf)),
    marksOf: (name) => marks.get(name) ?? [],
  };
}

export function isChosen(name: string, choice: ToolChoice): boolean {
  if (choice.disabledTools?.includes(name)) return false;
  return choice.enabledTools?.includes(name) ?? true;
}

function nameOf(tool: JsonObject): string {
  return typeof tool['name'] === 'string' ? tool['name'] : '';
}

export function disabledError(name: string): SessionError {
  return unknownTool(name, 'disabled', `The tool ${quote(name)} is disabled by configuration.`);
}

export function droppedError(name: string, reason: string): SessionError {
  const message = `The tool ${quote(name)} cannot be called: its description breaks the rules for x-mcp-header (${plain(reason)}).`;
  return unknownTool(name, 'invalid_header', message);
}

/** `facts.tools` has the names that there are, for "did you mean". */
export function notListedError(name: string, book: ToolBook, cause?: unknown): SessionError {
  return unknownTool(name, 'not_listed', `The server has no tool ${quote(name)}.`, book, cause);
}

function unknownTool(
  name: string,
  reason: string,
  message: string,
  book?: ToolBook,
  cause?: unknown,
): SessionError {
  const tools = book?.shown.slice(0, 1000).map((tool) => plain(nameOf(tool)));
  return new SessionError('tool_unknown', message, {
    fault: reason === 'invalid_header' ? 'server' : 'yours',
    facts: { tool: plain(name), reason, ...(tools && { tools }) },
    ...(cause === undefined ? {} : { cause }),
  });
}
