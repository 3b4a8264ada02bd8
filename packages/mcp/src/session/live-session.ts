import {
  type Fetch,
  isJsonObject,
  isMcpassError,
  type JsonObject,
  type McpassError,
  objectIn,
  plain,
  quote,
} from '@mcpass/auth';
import { sessionFailure } from '../failure.js';
import { META, MODERN_VERSION } from '../message/meta.js';
import { RPC } from '../message/rpc.js';
import { createToolPolicy, type ToolPolicy } from '../translation/tool-policy.js';
import { type AuthorizedHttp, httpOverFetch } from '../transport/authorized-http.js';
import type { Era } from '../transport/era.js';
import type { Notify } from './notice.js';
import { readPages } from '../message/pages.js';
import { createPausableClock } from './pausable-clock.js';
import { createProgramHost, type ProgramHost } from './program-host.js';
import type { OnListing, SessionOptions } from './session-options.js';
import type { Listing, ServerInfo, Session } from './session.js';

const KINDS = ['tools', 'resources', 'prompts'] as const;

const UNSUPPORTED: Listing = { supported: false, items: [] };

export class LiveSession implements Session {
  readonly #host: ProgramHost;
  readonly #tools: ToolPolicy;
  readonly #onListing: OnListing | undefined;
  /** What was listed, as long as the server has not said that it is another list now. */
  #listed: Listing | undefined;

  constructor(options: Omit<SessionOptions, 'fetch'>, way: Fetch | AuthorizedHttp) {
    const url = parseUrl(options.url);
    const { clock = createPausableClock(), onNotice, onListing } = options;
    this.#onListing = onListing;
    const notify: Notify = (notice) => onNotice?.(notice);
    this.#tools = createToolPolicy(options, (tool, reason) => notify({ type: 'tool_dropped', tool, reason }));
    this.#host = createProgramHost({
      url,
      http: typeof way === 'function' ? httpOverFetch(way, url, clock) : way,
      clock,
      options,
      tools: this.#tools,
      notify,
      onToolsChanged: () => {
        this.#listed = undefined;
      },
    });
  }

  async open(): Promise<void> {
    await this.#host.open();
  }

  get serverInfo(): ServerInfo | undefined {
    const { result } = this.#host.connected;
    // 2026-07-28 puts the server's name into `_meta`; its drafts had it in the result itself.
    const info = objectIn(result['_meta'])[META.serverInfo] ?? result['serverInfo'];
    return isJsonObject(info) ? (info as ServerInfo) : undefined;
  }

  get protocolVersion(): string {
    const { result, era } = this.#host.connected;
    return era === 'modern' ? MODERN_VERSION : String(result['protocolVersion']);
  }

  get era(): Era {
    return this.#host.connected.era;
  }

  get capabilities(): JsonObject {
    return objectIn(this.#host.connected.result['capabilities']);
  }

  get instructions(): string | undefined {
    const { instructions } = this.#host.connected.result;
    return typeof instructions === 'string' ? instructions : undefined;
  }

  async listTools(): Promise<Listing> {
    const listing = await this.#list('tools', 'tools/list', 'tools');
    this.#listed = listing;
    return listing;
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

  async callTool(name: string, args: JsonObject = {}): Promise<JsonObject> {
    if (this.#tools.isHidden(name)) {
      throw unknownTool(name, 'disabled', `The tool ${quote(name)} is disabled by configuration.`);
    }
    // The headers of a call come from the tool's schema; the legacy era has none of them and lists nothing for a call.
    if (this.era === 'modern') this.#judgeName(name, await this.#listingFor(name));
    else await this.#host.openStream();
    try {
      // Servers that validate strictly want the arguments also when there are none.
      return await this.#host.request('tools/call', { name, arguments: args }, true);
    } catch (error) {
      const code = rpcCodeOf(error);
      if (this.era === 'modern' || (code !== RPC.invalidParams && code !== RPC.methodNotFound)) throw error;
      // Both codes mean many things; only the list tells whether the name is wrong.
      this.#judgeName(name, await this.listTools().catch(() => UNSUPPORTED), error);
      throw error;
    }
  }

  async readResource(uri: string): Promise<JsonObject> {
    await this.#host.openStream();
    return await this.#host.request('resources/read', { uri }, true);
  }

  async getPrompt(name: string, args?: Readonly<Record<string, string>>): Promise<JsonObject> {
    await this.#host.openStream();
    return await this.#host.request('prompts/get', { name, ...(args && { arguments: args }) }, true);
  }

  async close(): Promise<void> {
    await this.#host.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Nobody says when the list is another one, unless somebody listens: one that never had the tool is asked for anew. */
  async #listingFor(name: string): Promise<Listing> {
    const listed = this.#listed;
    const isKnown = listed !== undefined && (has(listed, name) || this.#tools.flawOf(name) !== undefined);
    return isKnown ? listed : await this.listTools();
  }

  /** Throws `tool_unknown` for a tool that a list does not have; `facts` has those that there are, and what the server said. */
  #judgeName(name: string, listing: Listing, cause?: unknown): void {
    const flaw = this.#tools.flawOf(name);
    if (flaw !== undefined) {
      const why = `its description breaks the rules for x-mcp-header (${plain(flaw)})`;
      throw unknownTool(name, 'invalid_header', `The tool ${quote(name)} cannot be called: ${why}.`);
    }
    if (!listing.supported || has(listing, name)) return;
    const tools = listing.items
      .slice(0, 1_000)
      .map((tool) => plain(typeof tool['name'] === 'string' ? tool['name'] : ''));
    const rpcCode = rpcCodeOf(cause);
    const facts = { tools, ...(typeof rpcCode === 'number' && { rpcCode }) };
    throw unknownTool(name, 'not_listed', `The server has no tool ${quote(name)}.`, facts, cause);
  }

  async #list(kind: (typeof KINDS)[number], method: string, key: Parameters<OnListing>[0]): Promise<Listing> {
    const { capabilities } = this;
    const isAdvertised = capabilities[kind] !== undefined;
    // A server that advertises nothing at all is asked: some have forgotten to.
    if (!isAdvertised && KINDS.some((one) => capabilities[one] !== undefined)) return UNSUPPORTED;
    try {
      const items = await readPages(key, this.era, this.#host.totalTimeoutMs, async (cursor) => {
        const result = await this.#host.request(method, cursor === undefined ? {} : { cursor });
        return { result, bytes: this.#host.sizeOf(result) };
      });
      this.#onListing?.(key, items);
      return { supported: true, items };
    } catch (error) {
      if (rpcCodeOf(error) === RPC.methodNotFound) return UNSUPPORTED;
      if (!isAdvertised && isMcpassError(error) && error.code === 'answer_invalid') return UNSUPPORTED;
      throw error;
    }
  }
}

/** A session that has greeted its server; closed where that fails. */
export async function opened(session: LiveSession): Promise<Session> {
  try {
    await session.open();
    return session;
  } catch (thrown) {
    await session.close();
    throw thrown;
  }
}

function has({ items }: Listing, name: string): boolean {
  return items.some((item) => item['name'] === name);
}

function unknownTool(
  name: string,
  reason: string,
  message: string,
  facts: { readonly tools?: readonly string[]; readonly rpcCode?: number } = {},
  cause?: unknown,
): McpassError {
  return sessionFailure('tool_unknown', message, {
    fault: reason === 'invalid_header' ? 'server' : 'yours',
    facts: { tool: plain(name), reason, ...facts },
    ...(cause !== undefined && { cause }),
  });
}

function rpcCodeOf(error: unknown): unknown {
  return isMcpassError(error) ? error.facts['rpcCode'] : undefined;
}

function parseUrl(url: string | URL): URL {
  try {
    return new URL(url);
  } catch (cause) {
    throw sessionFailure('usage', 'The server URL is not a URL.', { fault: 'yours', cause });
  }
}
