/** Levels that no honest message has; what reads or writes JSON by recursion stands many times as many. */
const DEEPEST_JSON = 1000;

/** Whether it is nested so deeply that whoever walks through it by recursion runs out of stack. */
export function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST_JSON) return true;
    const next: unknown[] = [];
    for (const node of level) {
      if (typeof node !== 'object' || node === null) continue;
      for (const member of Object.values(node) as unknown[]) {
        if (typeof member === 'object' && member !== null) next.push(member);
      }
    }
    level = next;
  }
  return false;
}
