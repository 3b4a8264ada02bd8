/** An OAuth error, made while judging a request (RFC 6749 sections 4.1.2.1 and 5.2). */
export interface OAuthError {
  readonly error: string;
  readonly description: string;
  /** HTTP status where the error is answered directly; 400 unless given. */
  readonly status?: number;
}

/** The rule that was broken. */
export function refuse(error: string, description: string, status?: number): OAuthError {
  return status === undefined ? { error, description } : { error, description, status };
}

/** A provider's own words for a refusal, by the description of the rule that was broken. */
export type Wording = Readonly<Record<string, Partial<OAuthError>>>;

/** The refusal as this provider puts it. */
export function inItsWords(refusal: OAuthError, wording: Wording): OAuthError {
  return { ...refusal, ...wording[refusal.description] };
}

/** Tells a refusal from a result. */
export function isRefusal(value: object): value is OAuthError {
  return 'error' in value && 'description' in value;
}
