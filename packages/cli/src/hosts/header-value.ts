import { isGuid, isIssuedKey, isSecretName, looksRandom } from '@mcpass/auth';

/** What becomes of a header that a host sends. */
export type HeaderVerdict =
  | { readonly to: 'bearer'; readonly variable: string }
  | { readonly to: 'variable'; readonly variable: string }
  | { readonly to: 'literal'; readonly value: string }
  /** Only a person can say whether it is a secret. */
  | { readonly to: 'doubt' }
  | { readonly to: 'nowhere'; readonly why: string };

/** Headers that name something: an account, a workspace, a host. */
const IDENTIFIER_NAME =
  /(?:^|[-_])(?:id|guid|uuid|tenant|org|organi[sz]ation|project|workspace|account|team|site|host|region|version)$/i;

/**
 * Judges one header. A reference to a variable stays one; a value that is a secret, or looks like one, goes nowhere: it
 * would lie in our configuration as text.
 */
export function judgeHeader(name: string, value: string, reference: RegExp): HeaderVerdict {
  const whole = new RegExp(`^(?:${reference.source})$`).exec(value.trim());
  const variable = groupOf(whole);
  if (variable !== undefined) return { to: 'variable', variable };
  const scheme = /^bearer[ \t]+(.*)$/i.exec(value.trim())?.[1];
  const token =
    scheme === undefined ? undefined : groupOf(new RegExp(`^(?:${reference.source})$`).exec(scheme));
  if (token !== undefined && name.toLowerCase() === 'authorization') return { to: 'bearer', variable: token };
  const part = groupOf(reference.exec(value));
  if (part !== undefined) return { to: 'nowhere', why: `${part} is only a part of it` };
  if (isForHost(value, reference)) return { to: 'nowhere', why: 'only the host can fill it in' };
  if (isSecretName(name) || isIssuedKey(value)) return { to: 'nowhere', why: 'it is a secret' };
  if ((isGuid(value) || looksRandom(value)) && !IDENTIFIER_NAME.test(name)) return { to: 'doubt' };
  return { to: 'literal', value };
}

/** Whether a host would fill something in, or one that this value was written for. */
export function isForHost(value: string, reference: RegExp): boolean {
  return reference.test(value) || /\$\{|\{(?:env|file):/.test(value);
}

function groupOf(match: RegExpExecArray | null): string | undefined {
  return match?.slice(1).find((group) => group !== undefined);
}
