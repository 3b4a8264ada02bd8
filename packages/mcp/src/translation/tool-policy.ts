import { isJsonObject, type JsonObject, objectIn } from '@mcpass/auth';
import { sessionFailure } from '../failure.js';
import type { Message } from '../message/envelope.js';
import { elementsAt, findMember, valueAt } from '../message/json-scan.js';
import { messageOf } from '../message/message.js';
import { MODERN_VERSION, paramOf } from '../message/meta.js';
import { replaceValue, splice } from '../message/splice.js';
import { headersOf, nameIn } from '../message/standard-headers.js';
import { type HeaderMark, headersForArguments, judgeHeaderMarks } from '../message/tool-headers.js';

/** Which tools may be shown and called, by name. */
export interface ToolChoice {
  readonly enabledTools?: readonly string[] | undefined;
  readonly disabledTools?: readonly string[] | undefined;
}

export interface ToolPage {
  readonly isModern: boolean;
  /** A list begins: what an earlier one said is no longer true. */
  readonly isFirstPage: boolean;
}

/** Which tools the host sees, and which arguments travel in headers. */
export interface ToolPolicy {
  /** True for a tool that the configuration hides. */
  isHidden(name: string): boolean;
  /** Why a tool is left out although the configuration does not hide it; undefined for all others. */
  flawOf(name: string): string | undefined;
  /**
   * An answer to `tools/list` as the host shall see it: the same one where nothing is to be hidden. Throws
   * `answer_invalid` where that cannot be known.
   */
  listed(answer: Message, page: ToolPage): Message;
  /** What a modern request says in headers too, its tool's own among them as far as that has been listed. */
  headersFor(request: Message): Record<string, string>;
}

/** Tools whose flaw is told of: a server may have thousands. */
const MOST_TOLD = 20;
const MARK = Buffer.from('x-mcp-header');

export function createToolPolicy(
  { enabledTools, disabledTools }: ToolChoice,
  onFlaw: (name: string, reason: string) => void,
): ToolPolicy {
  const filters = enabledTools !== undefined || (disabledTools?.length ?? 0) > 0;
  const marks = new Map<string, readonly HeaderMark[]>();
  const broken = new Map<string, string>();
  /** Whose flaw was told. */
  const told = new Set<string>();
  const isHidden = (name: string): boolean =>
    disabledTools?.includes(name) === true || enabledTools?.includes(name) === false;

  function forget(): void {
    marks.clear();
    broken.clear();
  }

  /** 2026-07-28 transports/streamable-http, "Schema Extension": a client MUST leave out a tool that breaks the rules. */
  function note(tool: JsonObject): void {
    const name = nameOf(tool);
    const verdict = judgeHeaderMarks(tool['inputSchema']);
    if (verdict.valid) {
      broken.delete(name);
      marks.set(name, verdict.marks);
      return;
    }
    if (!told.has(name) && told.size < MOST_TOLD) onFlaw(name, verdict.reason);
    if (told.size < MOST_TOLD) told.add(name);
    broken.set(name, verdict.reason);
  }

  return {
    isHidden,
    flawOf: (name) => broken.get(name),
    listed(answer, { isModern, isFirstPage }) {
      const { bytes, envelope } = answer;
      if (isFirstPage) forget();
      const marked = isModern && bytes.includes(MARK);
      if (envelope.result === undefined || (!filters && !marked && broken.size === 0)) return answer;
      const span = findMember(bytes, envelope.result, 'tools');
      const places = span === undefined ? undefined : elementsAt(bytes, span.start)?.elements;
      if (span === undefined || places === undefined) {
        throw sessionFailure('answer_invalid', "The server's list of tools cannot be read.");
      }
      const tools = places.map((place) => ({ place, tool: valueAt(bytes, place) }));
      if (isModern) for (const { tool } of tools) if (isJsonObject(tool)) note(tool);
      const shown = tools.filter(
        ({ tool }) => isJsonObject(tool) && !isHidden(nameOf(tool)) && !broken.has(nameOf(tool)),
      );
      if (shown.length === tools.length) return answer;
      const kept = shown.map(({ place: { start, end } }) => bytes.toString('utf8', start, end));
      return messageOf(splice(bytes, [replaceValue(span, `[${kept.join(',')}]`)]));
    },
    headersFor(request) {
      const { method } = request.envelope;
      const name = method === 'tools/call' ? nameIn(request) : undefined;
      const known = (name !== undefined && marks.get(name)) || [];
      return {
        ...headersOf(request, MODERN_VERSION),
        ...(known.length > 0 && headersForArguments(known, objectIn(paramOf(request, 'arguments')))),
      };
    },
  };
}

function nameOf(tool: JsonObject): string {
  return typeof tool['name'] === 'string' ? tool['name'] : '';
}
