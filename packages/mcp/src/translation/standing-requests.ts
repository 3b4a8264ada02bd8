import type { Message } from '../message/envelope.js';
import { paramOf } from '../message/meta.js';

/** What the host asked for once, for as long as its session lasts: a session that takes its place is asked again. */
export interface StandingRequests {
  /** The server has granted one. */
  note(granted: Message): void;
  all(): readonly Message[];
  clear(): void;
}

const STANDING = new Set(['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']);

/** True for a request whose effect outlasts its answer. */
export function isStanding(method: string): boolean {
  return STANDING.has(method);
}

export function createStandingRequests(): StandingRequests {
  const held = new Map<string, Message>();
  return {
    note(granted) {
      const { method } = granted.envelope;
      if (method === 'logging/setLevel') {
        held.set(method, granted);
        return;
      }
      const uri = JSON.stringify(paramOf(granted, 'uri'));
      if (method === 'resources/subscribe') held.set(uri, granted);
      else held.delete(uri);
    },
    all: () => [...held.values()],
    clear: () => held.clear(),
  };
}
