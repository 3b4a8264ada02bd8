import type { Store } from '../ports.js';
import { type CredentialRecord, keyText } from './record.js';

/** A store that forgets with its process: for tests, one-shot containers and hosts that keep credentials themselves. */
export function createMemoryStore(): Store {
  const records = new Map<string, CredentialRecord>();
  const queues = new Map<string, Promise<unknown>>();

  return {
    kind: 'memory',
    location: 'this process',

    read: (key) => Promise.resolve(records.get(keyText(key))),

    update(key, change) {
      const id = keyText(key);
      const turn = (queues.get(id) ?? Promise.resolve()).then(async () => {
        const current = records.get(id);
        const next = await change(current);
        if (next === current) return current;
        if (next === undefined) {
          records.delete(id);
          return undefined;
        }
        const written = { ...next, generation: (current?.generation ?? 0) + 1 };
        records.set(id, written);
        return written;
      });
      // The next in the queue waits for this turn to end, however it ends.
      queues.set(
        id,
        turn.catch(() => undefined),
      );
      return turn;
    },

    list: () => Promise.resolve([...records.values()]),
  };
}
