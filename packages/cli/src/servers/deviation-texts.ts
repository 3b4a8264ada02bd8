/** What each tolerated departure is, for people; docs/deviations.md says what is done about it. */
const TEXTS: Readonly<Record<string, string>> = {
  A04: "the challenge's resource_metadata is no URL",
  A07: 'a gateway renames WWW-Authenticate',
  A08: 'no resource metadata: the rules of 2025-03-26 apply',
  A14: 'authorization_servers names a metadata document, not an issuer',
  A19: 'the issuer has a slash more or less than the name that led to it',
  A27: 'optional members of the metadata have the wrong type',
  A39: 'the resource metadata names no authorization server',
  B06: 'the registration refuses scopes',
  B08: 'the registration refuses application_type',
  B12: 'only one spelling of the loopback host is accepted',
  B15: 'the registration is answered with 200',
  B21: 'the server had forgotten the registered client',
  B26: 'the registration refuses the refresh_token grant type',
  C15: 'the server lists offline_access and refuses it',
  C26: 'scopes are named with characters that no scope has',
  D01: 'the address for a device code has an older name',
  D02: 'a device code does not say when it ends',
  E01: 'the token answer is form-encoded',
  E03: 'the token answer has another status than 200',
  E04: 'token_type is missing or "user"',
  E05: 'scopes are separated by commas, or a list',
  E06: 'expires_in is a string',
  E07: 'expires_in is missing or nonsense',
  E10: 'the server takes another client authentication than it names',
  E11: 'a proof of possession was sent, and the token is bound to no key',
  E12: 'the server binds tokens to keys, and nobody had said so',
  E20: 'the ID token cannot be read, or is not for this client',
  F09: 'an empty refresh token',
};

/** `C15 (the server lists offline_access and refuses it)`. */
export function deviationText(id: string): string {
  const text = TEXTS[id];
  return text === undefined ? id : `${id} (${text})`;
}
