import type { McpServerFactory } from '@modelcontextprotocol/server';
import { onTestFinished, vi } from 'vitest';
import { type Exception, RESULT_TYPE_IS_KEPT } from '../exceptions.js';
import type { OracleServer } from './http.js';
import { startModernServer, startSessionServer, startStatelessServer } from './sdk-servers.js';

/** A kind of server, by how it serves. */
export interface Kind {
  readonly name: string;
  readonly start: (factory: McpServerFactory) => Promise<OracleServer>;
  readonly era: 'legacy' | 'modern';
}

export const SESSIONS: Kind = {
  name: '2025-11-25 with sessions',
  era: 'legacy',
  start: (factory) => startSessionServer(factory),
};
export const SESSIONS_JSON: Kind = {
  name: '2025-11-25 with sessions, answering in JSON',
  era: 'legacy',
  start: (factory) => startSessionServer(factory, { enableJsonResponse: true }),
};
export const STATELESS: Kind = {
  name: '2025-11-25 without sessions',
  era: 'legacy',
  start: startStatelessServer,
};
export const MODERN: Kind = {
  name: '2026-07-28',
  era: 'modern',
  start: (factory) => startModernServer(factory, { legacy: 'reject' }),
};
export const MODERN_STREAMS: Kind = {
  name: '2026-07-28, always answering with a stream',
  era: 'modern',
  start: (factory) => startModernServer(factory, { legacy: 'reject', responseMode: 'sse' }),
};
export const BOTH: Kind = {
  name: 'both eras',
  era: 'modern',
  start: (factory) => startModernServer(factory),
};

/** The exceptions of an era, and those of it alone. */
export function exceptionsOf(
  { era }: Kind,
  only: { legacy?: Exception[]; modern?: Exception[] } = {},
): Exception[] {
  return era === 'modern' ? [RESULT_TYPE_IS_KEPT, ...(only.modern ?? [])] : [...(only.legacy ?? [])];
}

/** The SDK warns of mismarked tools, at both ends. */
export function hushSdk(): void {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  onTestFinished(() => warn.mockRestore());
}
