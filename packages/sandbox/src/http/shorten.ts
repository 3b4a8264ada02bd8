/** What a secret of ours looks like: codes, tokens and secrets of this sandbox, JWTs, PKCE values, credentials in a header. */
const SECRET =
  /\b(?:code|rt|at|secret)-[0-9a-f]{8}-[0-9a-f-]{27}|\beyJ[\w-]+\.[\w-]+\.[\w-]+|(?<=\b(?:Bearer|Basic) )[\w+/=.~-]{9,}|(?<=\b(?:code_verifier|client_secret|refresh_token|access_token|code|state|code_challenge)(?:=|":"))[^&"\s]{9,}/gi;

/** Text in which every secret keeps eight characters: enough to tell two apart, too little to use one. */
export function shorten(text: string): string {
  return text.replace(SECRET, (secret) => `${secret.slice(0, 8)}…`);
}
