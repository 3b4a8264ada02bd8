/** What an ID token of the identity provider says; what is left out is as it should be. */
export interface PersonClaims {
  readonly subject?: string;
  readonly audience?: string;
  readonly issuer?: string;
  /** Seconds from now; negative for one that is over. */
  readonly expiresInS?: number;
}
