import { type JsonObject, objectIn, plain } from '@mcpass/auth';
import {
  createMessage,
  discoverResult,
  type HostFacts,
  LEGACY_VERSIONS,
  matches,
  type Message,
  RPC,
  type Subscriptions,
  valueAt,
  withSubscription,
} from '@mcpass/mcp/parts';

/** What is promised in the server's name before it was heard: that lists exist, and that they will change. */
const CAPABILITIES = {
  tools: { listChanged: true },
  resources: { listChanged: true },
  prompts: { listChanged: true },
};

/** Notifications that make a host look again. */
const LIST_CHANGES: readonly string[] = [
  'notifications/tools/list_changed',
  'notifications/resources/list_changed',
  'notifications/prompts/list_changed',
];

/** The answer to a greeting while the server wants a sign-in: the host starts, and the calls say what to do. JSON text. */
export function ownGreeting(host: HostFacts, name: string, version: string, advice: string): string {
  const result = {
    protocolVersion: toldVersion(host),
    capabilities: CAPABILITIES,
    serverInfo: { name, version },
    instructions: advice,
  };
  return host.era === 'modern' ? discoverResult(result) : JSON.stringify(result);
}

/** The lists that were promised, empty: for a server that turned out to have none of the kind. JSON text. */
const EMPTY_LISTS: Readonly<Record<string, string>> = {
  'tools/list': '{"tools":[]}',
  'resources/list': '{"resources":[]}',
  'resources/templates/list': '{"resourceTemplates":[]}',
  'prompts/list': '{"prompts":[]}',
};

/** Keeps the promise that a list exists where the server knows no such method; undefined for any other answer. */
export function promisedList(method: string, { bytes, envelope }: Message): string | undefined {
  const empty = EMPTY_LISTS[method];
  if (empty === undefined || envelope.error === undefined) return undefined;
  return objectIn(valueAt(bytes, envelope.error))['code'] === RPC.methodNotFound ? empty : undefined;
}

/** What a host that got our own greeting has not heard of the server; undefined where that is nothing. */
export function judgeUnheard(host: HostFacts, result: JsonObject): string | undefined {
  const { protocolVersion, instructions } = result;
  const more = Object.keys(objectIn(result['capabilities'])).filter((name) => !(name in CAPABILITIES));
  const unheard = [
    ...(typeof protocolVersion === 'string' && protocolVersion !== toldVersion(host)
      ? [`its revision ${plain(protocolVersion, 20)}`]
      : []),
    ...more.map((name) => plain(name, 40)),
    ...(typeof instructions === 'string' ? ['its instructions'] : []),
  ];
  if (unheard.length === 0) return undefined;
  return `the host was greeted before the server could be, and has not heard of ${unheard.join(', ')}; it will when it starts the bridge again`;
}

function toldVersion({ version }: HostFacts): string | undefined {
  return LEGACY_VERSIONS.includes(version) ? version : LEGACY_VERSIONS[0];
}

/** Makes the host look again: everything that was promised is there now. */
export function announceChanges(
  host: HostFacts,
  tell: (bytes: Buffer) => void,
  subscriptions: Subscriptions,
): void {
  for (const method of LIST_CHANGES) {
    const message = createMessage(method, '{}');
    if (host.era !== 'modern') {
      tell(message.bytes);
      continue;
    }
    for (const { id, wishes } of subscriptions.all()) {
      if (matches(wishes, method, undefined)) tell(withSubscription(message, id));
    }
  }
}
