import { plain, quote } from '@mcpass/auth';
import type { Message } from './envelope.js';
import { elementsAt, findMember, valueAt } from './json-scan.js';
import { isJsonObject, type JsonObject } from '@mcpass/mcp/headers';
import type { Log } from './log.js';
import { objectIn, paramOf } from './meta.js';
import { replaceValue, splice } from './splice.js';
import { headersForArguments, type HeaderMark, judgeHeaderMarks } from '@mcpass/mcp/headers';

export interface ToolChoice {
  readonly enabledTools?: readonly string[] | undefined;
  readonly disabledTools?: readonly string[] | undefined;
}

/** Which tools the host sees, and which arguments travel in headers. */
export interface ToolPolicy {
  /** False for a tool that the configuration hides, or whose description breaks the rules. */
  isCallable(name: string): boolean;
  /** The bytes of an answer to `tools/list` as the host shall see it: the same bytes where nothing is to be hidden. */
  listed(answer: Message, isModern: boolean): Buffer;
  /** `Mcp-Param-…` for a call, as far as the tool has been listed. */
  headersFor(name: string, call: Message): Record<string, string>;
}

const MARK = Buffer.from('x-mcp-header');

export function createToolPolicy({ enabledTools, disabledTools }: ToolChoice, log: Log): ToolPolicy {
  const filters = enabledTools !== undefined || (disabledTools?.length ?? 0) > 0;
  const marks = new Map<string, readonly HeaderMark[]>();
  const broken = new Set<string>();
  const isChosen = (name: string): boolean =>
    disabledTools?.includes(name) !== true && (enabledTools?.includes(name) ?? true);

  /** 2026-07-28 transports/streamable-http, "Schema Extension": a client MUST leave out a tool that breaks the rules. */
  function note(tool: JsonObject): void {
    const name = nameOf(tool);
    const verdict = judgeHeaderMarks(tool['inputSchema']);
    if (verdict.valid) {
      broken.delete(name);
      marks.set(name, verdict.marks);
      return;
    }
    if (!broken.has(name)) log(`the tool ${quote(name)} is left out: ${plain(verdict.reason)}`);
    broken.add(name);
  }

  return {
    isCallable: (name) => isChosen(name) && !broken.has(name),
    listed({ bytes, envelope }, isModern) {
      const marked = isModern && bytes.includes(MARK);
      if (envelope.result === undefined || (!filters && !marked && broken.size === 0)) return bytes;
      const span = findMember(bytes, envelope.result, 'tools');
      const places = span === undefined ? undefined : elementsAt(bytes, span.start)?.elements;
      if (span === undefined || places === undefined) return bytes;
      const tools = places.map((place) => ({ place, tool: valueAt(bytes, place) }));
      if (isModern) for (const { tool } of tools) if (isJsonObject(tool)) note(tool);
      const shown = tools.filter(
        ({ tool }) => isJsonObject(tool) && isChosen(nameOf(tool)) && !broken.has(nameOf(tool)),
      );
      if (shown.length === tools.length) return bytes;
      const kept = shown.map(({ place: { start, end } }) => bytes.toString('utf8', start, end));
      return splice(bytes, [replaceValue(span, `[${kept.join(',')}]`)]);
    },
    headersFor(name, call) {
      const known = marks.get(name);
      if (known === undefined || known.length === 0) return {};
      return headersForArguments(known, objectIn(paramOf(call, 'arguments')));
    },
  };
}

function nameOf(tool: JsonObject): string {
  return typeof tool['name'] === 'string' ? tool['name'] : '';
}
