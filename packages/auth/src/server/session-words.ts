/* The session of the transport (2025-11-25 transports, "Session Management") has a status of its own for a session that
   is not known, 404, which not every server uses: then the words of its refusal decide. */

/** True for the words in which servers speak of a session: "sessionId not found", "Sessions expired". */
export function speaksOfSession(words: string): boolean {
  return /(?<![a-z])session/i.test(words);
}

/** What may stand before the word where the session of the transport is meant, and not one of the server's trade. */
const OWN = String.raw`(?:^|[:.,("'{[]\s*|\b(?:a|the|this|your|no|not|valid|invalid|unknown|missing|expired|or|and|for|mcp|transport|http|client|server)[\s_-]+)`;
/** And what may not come behind it. */
const OF_ITS_TRADE = String.raw`(?!s?\s+(?:of|for|type|types|with|named|about)\b)`;
const SESSION = new RegExp(`${OWN}session${OF_ITS_TRADE}`, 'i');
const UNKNOWN =
  /\b(?:no (?:valid|such|active|transport)|not (?:found|valid|exist|recogni[sz]ed|known|active)|unknown|invalid|expired|terminated|no longer|does(?:n't| not) exist)\b/i;

/** True for words that can only mean that the session of the transport is not known. */
export function disownsSession(words: string): boolean {
  return SESSION.test(words) && UNKNOWN.test(words);
}
