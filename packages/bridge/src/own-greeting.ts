import type { HostFacts } from './host-facts.js';
import type { HostOutput } from './host-output.js';
import { LEGACY_VERSIONS } from './meta.js';
import { discoverResult } from './modern-host.js';
import { createMessage } from './sent.js';
import { matches, type Subscriptions, withSubscription } from './subscriptions.js';

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
    protocolVersion: LEGACY_VERSIONS.includes(host.version) ? host.version : LEGACY_VERSIONS[0],
    capabilities: CAPABILITIES,
    serverInfo: { name, version },
    instructions: advice,
  };
  return host.era === 'modern' ? discoverResult(result) : JSON.stringify(result);
}

/** Makes the host look again: everything that was promised is there now. */
export function announceChanges(host: HostFacts, output: HostOutput, subscriptions: Subscriptions): void {
  for (const method of LIST_CHANGES) {
    const message = createMessage(method, '{}');
    if (host.era !== 'modern') {
      output.send(message.bytes);
      continue;
    }
    for (const { id, wishes } of subscriptions.all()) {
      if (matches(wishes, method, undefined)) output.send(withSubscription(message, id));
    }
  }
}
