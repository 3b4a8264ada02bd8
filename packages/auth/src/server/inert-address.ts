// Neither a blank, a quotation mark nor anything with which a shell or a script language begins something. What is left
// cannot be done without in a URL; `&` among it, so that this alone makes no shell safe.
const SCRIPT_CHARACTERS = /[^\w\-.~:/?#[\]@!*+,=%&]/gu;

/**
 * The address with everything percent-encoded that a shell would act on and a server reads the same when it is encoded
 * (RFC 3986 section 2.1). Another party wrote the address, and `$(` in it is not to become a command, wherever it is
 * carried to (as in CVE-2025-6514). Pure.
 */
export function inertAddress(address: string): string {
  return address.replace(SCRIPT_CHARACTERS, (character) =>
    [...new TextEncoder().encode(character)].map((byte) => `%${hex(byte)}`).join(''),
  );
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
