import type { NamedQuirk } from './profile.js';
import { AUTHORIZATION_QUIRKS } from './quirks/authorization.js';
import { DISCOVERY_QUIRKS } from './quirks/discovery.js';
import { HOSTILE_QUIRKS } from './quirks/hostile.js';
import { REGISTRATION_QUIRKS } from './quirks/registration.js';
import { TOKEN_QUIRKS } from './quirks/tokens.js';

/** Every behaviour that has a name of its own, in the order of a sign-in; attacks last. */
export const QUIRKS: Readonly<Record<string, NamedQuirk>> = {
  ...DISCOVERY_QUIRKS,
  ...REGISTRATION_QUIRKS,
  ...AUTHORIZATION_QUIRKS,
  ...TOKEN_QUIRKS,
  ...HOSTILE_QUIRKS,
};

/** The quirks of that name; throws when there are none. */
export function quirkNamed(name: string): NamedQuirk {
  const quirk = Object.hasOwn(QUIRKS, name) ? QUIRKS[name] : undefined;
  if (quirk === undefined) throw new RangeError(`no quirk is called ${name}`);
  return quirk;
}
