/**
 * What is under way, each under its id as JSON text; in no order.
 *
 * Not a `Map`: one through which thousands pass replaces its table again and again, and V8 lets each old table point to
 * the next. Once one of them is among the old objects, the collector of young garbage spares all that follow, with the
 * calls in them: megabytes until the next full collection.
 */
export interface OpenRequests<T> {
  readonly size: number;
  get(id: string): T | undefined;
  /** Puts it there, in place of what had that id. */
  set(id: string, value: T): void;
  delete(id: string): void;
  values(): readonly T[];
}

interface Entry<T> {
  readonly id: string;
  value: T;
}

/** As many as there are seldom calls at once; a power of two. */
const BUCKETS = 256;
/** Counted ids differ at their ends. */
const HASHED = 12;

export function createOpenRequests<T>(): OpenRequests<T> {
  const buckets: Entry<T>[][] = Array.from({ length: BUCKETS }, () => []);
  let size = 0;
  const bucketOf = (id: string): Entry<T>[] => buckets[hash(id) & (BUCKETS - 1)] ?? [];
  return {
    get size() {
      return size;
    },
    get: (id) => bucketOf(id).find((entry) => entry.id === id)?.value,
    set(id, value) {
      const bucket = bucketOf(id);
      const entry = bucket.find((candidate) => candidate.id === id);
      if (entry !== undefined) {
        entry.value = value;
        return;
      }
      bucket.push({ id, value });
      size += 1;
    },
    delete(id) {
      const bucket = bucketOf(id);
      const at = bucket.findIndex((entry) => entry.id === id);
      if (at === -1) return;
      const last = bucket.pop();
      if (last !== undefined && at < bucket.length) bucket[at] = last;
      size -= 1;
    },
    values: () => buckets.flatMap((bucket) => bucket.map(({ value }) => value)),
  };
}

function hash(id: string): number {
  let value = 0;
  for (let at = Math.max(0, id.length - HASHED); at < id.length; at += 1) {
    value = (value * 31 + id.charCodeAt(at)) | 0;
  }
  return value;
}
