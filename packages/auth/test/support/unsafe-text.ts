/** What must not reach a terminal: control characters, text in the other direction, halves of characters. */
export const UNSAFE_TEXT: RegExp =
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/u;
