import type { JsonObject } from './json.js';
import type { Link } from './link.js';
import type { Era } from './notice.js';
import { readPages } from './pages.js';
import { SessionError } from './session-error.js';
import type { Listing, ServerInfo, Session } from './session.js';
import {
  createToolBook,
  disabledError,
  droppedError,
  isChosen,
  notListedError,
  type ToolBook,
  type ToolChoice,
} from './tool-book.js';
import { headersForArguments } from './tool-headers.js';

type Capability = 'tools' | 'resources' | 'prompts';

const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const HEADER_MISMATCH = -32_020;

const UNSUPPORTED: Listing = { supported: false, items: [] };

export class LiveSession implements Session {
  readonly #link: Link;
  readonly #choice: ToolChoice;
  readonly #tools: { book?: ToolBook };
  readonly #reported = new Set<string>();

  /** `tools.book` is taken away by whoever learns that the server's tools changed. */
  constructor(link: Link, choice: ToolChoice, tools: { book?: ToolBook }) {
    this.#link = link;
    this.#choice = choice;
    this.#tools = tools;
  }

  get serverInfo(): ServerInfo | undefined {
    return this.#link.connection.serverInfo;
  }

  get protocolVersion(): string {
    return this.#link.connection.protocolVersion;
  }

  get era(): Era {
    return this.#link.connection.era;
  }

  get capabilities(): JsonObject {
    return this.#link.connection.capabilities;
  }

  get instructions(): string | undefined {
    return this.#link.connection.instructions;
  }

  async listTools(): Promise<Listing> {
    const book = await this.#readTools();
    return book === undefined ? UNSUPPORTED : { supported: true, items: book.shown };
  }

  async listResources(): Promise<Listing> {
    return await this.#list('resources', 'resources/list', 'resources');
  }

  async listResourceTemplates(): Promise<Listing> {
    return await this.#list('resources', 'resources/templates/list', 'resourceTemplates');
  }

  async listPrompts(): Promise<Listing> {
    return await this.#list('prompts', 'prompts/list', 'prompts');
  }

  async callTool(name: string, args?: JsonObject): Promise<JsonObject> {
    if (!isChosen(name, this.#choice)) throw disabledError(name);
    // The headers of a call come from the tool's schema; the legacy era has none of them and lists nothing for a call.
    if (this.era === 'legacy') return await this.#callLegacy(name, args);
    const book = this.#tools.book ?? (await this.#readTools());
    try {
      return await this.#call(name, args, book);
    } catch (error) {
      if (rpcCodeOf(error) !== HEADER_MISMATCH) throw error;
      // 2026-07-28, Streamable HTTP, "Client Behavior": the schema may have changed; list and try once more.
      return await this.#call(name, args, await this.#readTools());
    }
  }

  async readResource(uri: string): Promise<JsonObject> {
    await this.#link.openStream();
    return await this.#link.request('resources/read', { uri }, { reportsProgress: true });
  }

  async getPrompt(name: string, args?: Readonly<Record<string, string>>): Promise<JsonObject> {
    await this.#link.openStream();
    const params = { name, ...(args && { arguments: args }) };
    return await this.#link.request('prompts/get', params, { reportsProgress: true });
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #call(name: string, args: JsonObject | undefined, book: ToolBook | undefined): Promise<JsonObject> {
    const fault = book?.dropped.get(name);
    if (fault !== undefined) throw droppedError(name, fault);
    if (book !== undefined && !book.names.has(name)) throw notListedError(name, book);
    const headers = headersForArguments(book?.marksOf(name) ?? [], args);
    return await this.#link.request('tools/call', callParams(name, args), { headers, reportsProgress: true });
  }

  async #callLegacy(name: string, args: JsonObject | undefined): Promise<JsonObject> {
    await this.#link.openStream();
    try {
      return await this.#link.request('tools/call', callParams(name, args), { reportsProgress: true });
    } catch (error) {
      const code = rpcCodeOf(error);
      if (code !== INVALID_PARAMS && code !== METHOD_NOT_FOUND) throw error;
      // Both codes mean many things; only the list tells whether the name is wrong.
      const book = await this.#readTools().catch(() => undefined);
      throw book === undefined || book.names.has(name) ? error : notListedError(name, book, error);
    }
  }

  async #readTools(): Promise<ToolBook | undefined> {
    const listing = await this.#list('tools', 'tools/list', 'tools');
    if (!listing.supported) return undefined;
    const book = createToolBook(listing.items, this.#choice, this.era === 'modern');
    for (const [tool, reason] of book.dropped) {
      if (this.#reported.has(tool)) continue;
      this.#reported.add(tool);
      this.#link.notify({ type: 'tool_dropped', tool, reason });
    }
    this.#tools.book = book;
    return book;
  }

  async #list(capability: Capability, method: string, key: string): Promise<Listing> {
    const { capabilities } = this;
    const isAdvertised = capabilities[capability] !== undefined;
    // A server that advertises nothing at all is asked: some have forgotten to.
    const advertisesSome = ['tools', 'resources', 'prompts'].some((name) => capabilities[name] !== undefined);
    if (!isAdvertised && advertisesSome) return UNSUPPORTED;
    try {
      const items = await readPages(key, this.era, (cursor) =>
        this.#link.request(method, cursor === undefined ? undefined : { cursor }),
      );
      return { supported: true, items };
    } catch (error) {
      if (rpcCodeOf(error) === METHOD_NOT_FOUND) return UNSUPPORTED;
      const isNonsense = error instanceof SessionError && error.code === 'answer_invalid';
      if (isNonsense && !isAdvertised) return UNSUPPORTED;
      throw error;
    }
  }
}

/** Servers that validate strictly want the arguments also when there are none. */
function callParams(name: string, args: JsonObject | undefined): JsonObject {
  return { name, arguments: args ?? {} };
}

function rpcCodeOf(error: unknown): number | undefined {
  return error instanceof SessionError ? error.rpc?.code : undefined;
}
