import { plain } from '@mcpass/auth';
import { judgeHeader } from './header-value.js';
import type { Values } from './host.js';
import { defaultLine, hasDefault, type Notation, type Part } from './part.js';

/** The headers of an entry. */
export function headersPart(headers: Values, { reference, fill }: Notation): Part {
  const doubts: Record<string, string> = {};
  const literal: Record<string, string> = {};
  const fromVariable: Record<string, string> = {};
  const leftOut: string[] = [];
  let token: string | undefined;
  for (const [name, written] of Object.entries(headers)) {
    // What hosts make of an empty value: no header.
    if (written === null || written === undefined) continue;
    const value = typeof written === 'object' ? undefined : fill(String(written));
    if (value === undefined) {
      leftOut.push(`the header ${plain(name, 80)}: its value is no text`);
      continue;
    }
    const verdict = judgeHeader(name, value, reference);
    if ('variable' in verdict && hasDefault(value)) leftOut.push(defaultLine(verdict.variable));
    if (verdict.to === 'bearer') token = verdict.variable;
    else if (verdict.to === 'variable') fromVariable[name] = verdict.variable;
    else if (verdict.to === 'literal') literal[name] = verdict.value;
    else if (verdict.to === 'doubt') doubts[name] = value;
    else leftOut.push(headerLine(name, value, verdict.why));
  }
  return {
    keys: {
      ...(token !== undefined && { bearer_token_env_var: token }),
      ...(Object.keys(literal).length > 0 && { http_headers: literal }),
      ...(Object.keys(fromVariable).length > 0 && { env_http_headers: fromVariable }),
    },
    leftOut,
    ...(Object.keys(doubts).length > 0 && { doubts }),
  };
}

/** What to do about a header that is left out. */
export function headerLine(name: string, value: string, why: string): string {
  const isToken = name.toLowerCase() === 'authorization' && /^bearer\s/i.test(value.trim());
  const key = isToken
    ? 'bearer_token_env_var = "VARIABLE"'
    : `env_http_headers = { "${plain(name, 80)}" = "VARIABLE" }`;
  // With its scheme, such as Basic.
  const what = name.toLowerCase() === 'authorization' && !isToken ? 'the whole value' : 'it';
  return `the header ${plain(name, 80)} (${why}): put ${what} into a variable and add ${key}`;
}
