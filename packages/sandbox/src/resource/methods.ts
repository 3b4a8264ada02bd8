import type { CallContext } from './call-context.js';
import { getPrompt, PROMPTS, readResource, RESOURCE_TEMPLATES, RESOURCES } from './documents.js';
import { isJson, RPC_CODES, RpcError, type Json } from './json-rpc.js';
import { failedResult, judgeArguments, textResult, type Tool } from './tool.js';
import { TOOLS } from './tools.js';

/** What the MCP server offers, whichever era is spoken. */
export interface OfferQuirks {
  /** Without `resources` or `prompts` their methods do not exist. */
  readonly capabilities: readonly ('tools' | 'resources' | 'prompts')[];
  /** Further tools, listed as given (a hostile name, a bad `x-mcp-header` …); they echo their arguments, blocks of content as such. */
  readonly extraTools: readonly Tool['definition'][];
  /** How many tools a page of `tools/list` has; 0: all. */
  readonly toolsPerPage: number;
  readonly serverName: string;
}

/** The methods and what is said about them. */
export interface Methods {
  readonly capabilities: Json;
  readonly serverInfo: Json;
  /** The tool of that name. */
  tool(name: unknown): Tool | undefined;
  has(method: string): boolean;
  call(method: string, params: Json, context: CallContext): Promise<Json>;
}

type Method = (params: Json, context: CallContext) => Json | Promise<Json>;

/**
 * The methods that both eras have.
 *
 * @param missingResourceCode the JSON-RPC code for an unknown resource
 */
export function createMethods(quirks: OfferQuirks, missingResourceCode: number): Methods {
  const tools = [...TOOLS, ...quirks.extraTools.map(echoTool)];
  const tool = (name: unknown): Tool | undefined => tools.find(({ definition }) => definition.name === name);
  const offers: Record<OfferQuirks['capabilities'][number], Record<string, Method>> = {
    tools: {
      'tools/list': (params) => listTools(tools, params, quirks.toolsPerPage),
      'tools/call': (params, context) => callTool(tool(params['name']), params, context),
    },
    resources: {
      'resources/list': () => ({ resources: RESOURCES }),
      'resources/templates/list': () => ({ resourceTemplates: RESOURCE_TEMPLATES }),
      'resources/read': (params) => readResource(params['uri'], missingResourceCode),
    },
    prompts: {
      'prompts/list': () => ({ prompts: PROMPTS }),
      'prompts/get': (params) => getPrompt(params['name'], objectOf(params['arguments'])),
    },
  };
  const methods = new Map(quirks.capabilities.flatMap((name) => Object.entries(offers[name])));
  return {
    capabilities: Object.fromEntries(quirks.capabilities.map((name) => [name, { listChanged: true }])),
    serverInfo: { name: quirks.serverName, version: '0.1.0' },
    tool,
    has: (method) => methods.has(method),
    call: async (method, params, context) => {
      const run = methods.get(method);
      if (run === undefined) throw new RpcError(RPC_CODES.methodNotFound, `Method not found: ${method}`);
      return run(params, context);
    },
  };
}

function echoTool(definition: Tool['definition']): Tool {
  return {
    definition,
    run: (args) =>
      Array.isArray(args['content']) ? { content: args['content'] } : textResult(JSON.stringify(args)),
  };
}

function listTools(tools: readonly Tool[], params: Json, perPage: number): Json {
  const start = Number(params['cursor'] ?? 0);
  if (!Number.isInteger(start) || start < 0) throw new RpcError(RPC_CODES.invalidParams, 'Unknown cursor');
  const end = perPage === 0 ? tools.length : start + perPage;
  return {
    tools: tools.slice(start, end).map(({ definition }) => definition),
    ...(end < tools.length && { nextCursor: String(end) }),
  };
}

/** A wrong argument is the tool's failure, not the protocol's, so that a model can mend it (2025-11-25, tools). */
async function callTool(tool: Tool | undefined, params: Json, context: CallContext): Promise<Json> {
  if (tool === undefined)
    throw new RpcError(RPC_CODES.invalidParams, `Unknown tool: ${String(params['name'])}`);
  const args = objectOf(params['arguments']);
  const wrong = judgeArguments(args, tool.definition.inputSchema);
  return wrong === undefined ? tool.run(args, context) : failedResult(wrong);
}

function objectOf(value: unknown): Json {
  return isJson(value) ? value : {};
}
