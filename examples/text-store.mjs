// A store of your own, over whatever keeps texts under names: a table, a bucket, localStorage. Two things are asked of it: what
// `update` does is exclusive for its key, among all who share the store, and a record comes back as it was written.
import { decodeRecord, encodeRecord, keyText } from '@mcpass/auth';

/**
 * @param texts `get`, `set`, `delete` and `names`, each of which may take its time. What it keeps are secrets.
 * @param exclusively runs the work while nobody else works under that name: a lock, a queue, a transaction
 */
export function createTextStore(texts, exclusively = createQueues()) {
  const read = async (name) => {
    const text = await texts.get(name);
    return text == null ? undefined : decodeRecord(JSON.parse(text));
  };
  return {
    kind: 'mine',
    location: 'where I keep it',
    read: (key) => read(keyText(key)),
    list: async () => Promise.all([...(await texts.names())].map(read)),
    update: (key, change) =>
      exclusively(keyText(key), async () => {
        const name = keyText(key);
        const current = await read(name);
        const next = await change(current);
        if (next === current) return current;
        if (next === undefined) {
          await texts.delete(name);
          return undefined;
        }
        const written = { ...next, generation: (current?.generation ?? 0) + 1 };
        await texts.set(name, JSON.stringify(encodeRecord(written)));
        return written;
      }),
  };
}

/** Enough where one process has the store for itself. */
export function createQueues() {
  const last = new Map();
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work);
    // The next one waits for the end, however it ends.
    last.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  };
}
