import { plain } from '@mcpass/auth';
import { judgeHeader } from './header-value.js';
import type { Values } from './host.js';
import { defaultLine, hasDefault, type Part } from './part.js';

/** The headers of an entry. */
export function headersPart(headers: Values, reference: RegExp): Part {
  const literal: Record<string, string> = {};
  const fromVariable: Record<string, string> = {};
  const leftOut: string[] = [];
  let token: string | undefined;
  for (const [name, written] of Object.entries(headers)) {
    // What hosts make of an empty value: no header.
    if (written === null || written === undefined) continue;
    const value = typeof written === 'object' ? undefined : String(written);
    if (value === undefined) {
      leftOut.push(`the header ${plain(name, 80)}: its value is no text`);
      continue;
    }
    const verdict = judgeHeader(name, value, reference);
    if ('variable' in verdict && hasDefault(value)) leftOut.push(defaultLine(verdict.variable));
    if (verdict.to === 'bearer') token = verdict.variable;
    else if (verdict.to === 'variable') fromVariable[name] = verdict.variable;
    else if (verdict.to === 'literal') literal[name] = verdict.value;
    else leftOut.push(`the header ${plain(name, 80)} (${verdict.why}): ${insteadOf(name)}`);
  }
  return {
    keys: {
      ...(token !== undefined && { bearer_token_env_var: token }),
      ...(Object.keys(literal).length > 0 && { http_headers: literal }),
      ...(Object.keys(fromVariable).length > 0 && { env_http_headers: fromVariable }),
    },
    leftOut,
  };
}

function insteadOf(header: string): string {
  const key =
    header.toLowerCase() === 'authorization'
      ? 'bearer_token_env_var = "VARIABLE"'
      : `env_http_headers = { "${plain(header, 80)}" = "VARIABLE" }`;
  return `put it into a variable and add ${key}`;
}
