import { type JsonObject, objectIn } from '@mcpass/auth';
import type { Message } from '../message/envelope.js';
import { clientOf, LEGACY_VERSIONS, paramsOf } from '../message/meta.js';
import type { Era } from '../transport/era.js';

/** What a host has said about itself. */
export interface HostFacts {
  /** How it speaks. */
  readonly era: Era | undefined;
  /** How a server is greeted first on its behalf; as it speaks when absent. */
  readonly greetsAs?: Era;
  /** Its `initialize`, to be sent again in a new session. */
  readonly initialize: Message | undefined;
  /** Its `notifications/initialized` has come. */
  readonly ready: boolean;
  /** The revision of its `initialize`. */
  readonly version: string;
  readonly info: JsonObject;
  readonly capabilities: JsonObject;
}

export const NO_HOST: HostFacts = {
  era: undefined,
  initialize: undefined,
  ready: false,
  version: LEGACY_VERSIONS[0] ?? '',
  info: {},
  capabilities: {},
};

/** A host that opens with a handshake. */
export function greetedHost(initialize: Message): HostFacts {
  const params = paramsOf(initialize);
  const version = params['protocolVersion'];
  return {
    ...NO_HOST,
    era: 'legacy',
    initialize,
    ...(typeof version === 'string' && { version }),
    info: objectIn(params['clientInfo']),
    capabilities: objectIn(params['capabilities']),
  };
}

/** A host whose requests say what they are. */
export function modernHost(request: Message): HostFacts {
  const { info, capabilities } = clientOf(request);
  return { ...NO_HOST, era: 'modern', ready: true, info, capabilities };
}

/** A program in this process: it speaks with a handshake, and would rather have a server of the newer kind. */
export function programHost(info: JsonObject, capabilities: JsonObject): HostFacts {
  return { ...NO_HOST, era: 'legacy', greetsAs: 'modern', ready: true, info, capabilities };
}

/** Whether two greetings of a host say the same, so that what was begun after one serves the other. */
export function isSameGreeting(one: HostFacts, other: HostFacts): boolean {
  return one.era === other.era && paramsText(one.initialize) === paramsText(other.initialize);
}

function paramsText(initialize: Message | undefined): string | undefined {
  const params = initialize?.envelope.params;
  return params === undefined ? undefined : initialize?.bytes.toString('utf8', params.start, params.end);
}

/** Whether the host can show a person an address (2025-11-25 and 2026-07-28 client/elicitation, "Capabilities"). */
export function takesAddresses({ capabilities }: HostFacts): boolean {
  return objectIn(capabilities['elicitation'])['url'] !== undefined;
}
