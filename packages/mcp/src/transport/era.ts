/** `modern`: 2026-07-28 and later, without a handshake; `legacy`: opened with `initialize` (basic/versioning). */
export type Era = 'legacy' | 'modern';
