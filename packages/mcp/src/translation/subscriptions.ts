import { type JsonObject, objectIn } from '@mcpass/auth';
import type { Call } from '../calls/call.js';
import type { Message } from '../message/envelope.js';
import { isObjectAt } from '../message/json-scan.js';
import { createMessage } from '../message/message.js';
import { META, metaSpan, paramOf } from '../message/meta.js';
import { insertMembers, splice } from '../message/splice.js';

/** A modern host's `subscriptions/listen` that is open. */
export interface Subscription {
  /** JSON text of the request's id, which marks every notification for it. */
  readonly id: string;
  readonly wishes: JsonObject;
}

/** The subscriptions of a host (2026-07-28 basic/patterns/subscriptions). */
export interface Subscriptions {
  add(subscription: Subscription): void;
  remove(id: string): void;
  all(): readonly Subscription[];
  /** The resources that anybody watches. */
  uris(): ReadonlySet<string>;
  /** Calls now, and whenever one was added. Replaces an earlier listener. */
  onChange(listener: () => void): void;
}

export function createSubscriptions(): Subscriptions {
  const open = new Map<string, Subscription>();
  let changed: () => void = () => undefined;
  return {
    add(subscription) {
      open.set(subscription.id, subscription);
      changed();
    },
    remove: (id) => void open.delete(id),
    all: () => [...open.values()],
    uris: () => new Set([...open.values()].flatMap(({ wishes }) => urisIn(wishes))),
    onChange(listener) {
      changed = listener;
      listener();
    },
  };
}

function urisIn(wishes: JsonObject): readonly string[] {
  const uris = wishes['resourceSubscriptions'];
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
}

const WISHES: Readonly<Record<string, string>> = {
  'notifications/tools/list_changed': 'toolsListChanged',
  'notifications/prompts/list_changed': 'promptsListChanged',
  'notifications/resources/list_changed': 'resourcesListChanged',
};

/** Whether a notification was wished for. */
export function matches(wishes: JsonObject, method: string, uri: unknown): boolean {
  if (method === 'notifications/resources/updated') {
    return typeof uri === 'string' && urisIn(wishes).includes(uri);
  }
  const wish = WISHES[method];
  return wish !== undefined && wishes[wish] === true;
}

/** A notification as it belongs to a subscription. `id` is JSON text. */
export function withSubscription(message: Message, id: string): Buffer {
  const { bytes, envelope } = message;
  const mark = `${JSON.stringify(META.subscription)}:${id}`;
  const meta = metaSpan(message);
  if (meta !== undefined) return splice(bytes, [insertMembers(bytes, meta.start, mark)]);
  if (isObjectAt(bytes, envelope.params)) {
    return splice(bytes, [insertMembers(bytes, envelope.params.start, `"_meta":{${mark}}`)]);
  }
  return splice(bytes, [insertMembers(bytes, envelope.start, `"params":{"_meta":{${mark}}}`)]);
}

/** "The server MUST send `notifications/subscriptions/acknowledged` as the first message." Once. */
export function acknowledge(call: Call, tell: (bytes: Buffer) => void): void {
  if (call.stream?.acknowledge() !== true) return;
  const params = JSON.stringify({ notifications: objectIn(paramOf(call.message, 'notifications')) });
  tell(withSubscription(createMessage('notifications/subscriptions/acknowledged', params), call.id));
}
