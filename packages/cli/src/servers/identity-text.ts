import { type Identity, plain } from '@mcpass/auth';

/** Who has signed in, as an ID token said; in JSON it is this object. */
export interface IdentityState {
  readonly name?: string;
  readonly email?: string;
  readonly subject: string;
}

export function identityState({ name, email, subject }: Identity): IdentityState {
  return {
    ...(name !== undefined && { name: plain(name, 200) }),
    ...(email !== undefined && { email: plain(email, 200) }),
    subject: plain(subject, 255),
  };
}

/** Enough to tell two people apart: a name alone is that of many. */
export function identityText({ name, email, subject }: IdentityState): string {
  if (name !== undefined) return email === undefined ? `${name} (${subject})` : `${name} <${email}>`;
  return email ?? subject;
}
