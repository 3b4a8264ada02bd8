/** One line for the person, in a debug log or on standard error. */
export type Log = (text: string) => void;

/** What a server does wrong again and again is said once, and then counted: a line each would pile up. */
export interface Complaints {
  /** `kind` is what is counted; `text` is said the first time. */
  say(kind: string, text: string): void;
}

/** Kinds that are told apart. */
const MOST_KINDS = 100;

export function createComplaints(log: Log): Complaints {
  const counts = new Map<string, number>();
  return {
    say(kind, text) {
      const count = (counts.get(kind) ?? 0) + 1;
      if (count > 1 || counts.size < MOST_KINDS) counts.set(kind, count);
      if (count === 1) log(text);
      // 10, 100, 1,000 …
      else if (/^10+$/.test(String(count))) log(`${count} times now: ${text}`);
    },
  };
}
