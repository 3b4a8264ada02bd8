import type { JSONWebKeySet } from 'jose';

/** Whose word is taken for people, and what it is known by. */
export interface PeopleIssuer {
  readonly issuer: string;
  readonly keys: JSONWebKeySet;
}

/** What an ID token of the identity provider says; what is left out is as it should be. */
export interface PersonClaims {
  readonly subject?: string;
  readonly audience?: string;
  readonly issuer?: string;
  /** Seconds from now; negative for one that is over. */
  readonly expiresInS?: number;
}
