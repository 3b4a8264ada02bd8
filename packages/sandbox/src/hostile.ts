/**
 * Values for `authorization_endpoint` that no client may open: schemes that run or read something, and text that a
 * shell would run (CVE-2025-6514, CVE-2025-10619). Use with `metadataMembers`.
 */
export const HOSTILE_ENDPOINTS: readonly string[] = [
  'javascript:alert(document.domain)',
  'data:text/html,<script>alert(1)</script>',
  'file:///etc/passwd',
  'smb://files.test/share',
  'search-ms:query=calc',
  'vscode://open?file=/etc/passwd',
  'http://internal.test/authorize',
  '$(touch /tmp/owned)',
  'https://as.test/$(touch /tmp/owned)',
  'https://as.test/`touch /tmp/owned`',
  'https://as.test/?a=1&calc.exe&b=%TEMP%^&"',
  "https://as.test/'; touch /tmp/owned; '",
  'https://as.test/\u001b]8;;https://evil.test\u0007click\u001b]8;;\u0007',
  'https://user:password@as.test/authorize',
  `https://as.test/${'a'.repeat(100_000)}`,
];

/**
 * Text that does something to a terminal or a page when it is shown as it is: colours, a cleared screen, a title, a
 * carriage return, reversed direction, markup. Use with `errorText`, `serverName`, …
 */
export const HOSTILE_TEXT =
  '\u001b[2J\u001b[31mred\u001b]0;title\u0007\rover\u0008\u009b1m\u202Ereversed\u2066<script>alert(1)</script>\n"quoted"';
