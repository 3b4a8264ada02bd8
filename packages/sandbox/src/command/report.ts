import type { LoggedRequest } from '../http/request-log.js';
import { PROFILES, type ProfileName } from '../profiles.js';
import type { Sandbox } from '../sandbox.js';
import { quote } from './quote.js';

/** What runs where, and what to type. */
export function startReport(profile: ProfileName, sandbox: Sandbox): string {
  const { summary, commands } = PROFILES[profile];
  const lines = commands?.(sandbox) ?? [`mcpass login ${sandbox.url}`, `mcpass tools ${sandbox.url}`];
  return `${profile}: ${summary}

MCP server            ${sandbox.url}
authorization server  ${sandbox.issuer}

try
${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** The same for programs. */
export function startJson(profile: ProfileName, { url, issuer }: Sandbox): string {
  return `${JSON.stringify({ schema: 1, profile, url, issuer })}\n`;
}

/** The profiles, a line each. */
export function listReport(): string {
  const width = Math.max(...Object.keys(PROFILES).map((name) => name.length));
  return Object.entries(PROFILES)
    .map(([name, { summary }]) => `${name.padEnd(width)}  ${summary}\n`)
    .join('');
}

/** The same for programs. */
export function listJson(): string {
  const profiles = Object.entries(PROFILES).map(([name, { summary }]) => ({ name, summary }));
  return `${JSON.stringify({ schema: 1, profiles })}\n`;
}

/** One request in a line. */
export function requestLine(request: LoggedRequest): string {
  const call = request.endpoint === 'mcp' && request.method === 'POST' ? ` (${request.operation})` : '';
  const fault = request.fault === undefined ? '' : ` [${request.fault}]`;
  return `${quote(`${request.method} ${request.path}${call}`)} ${request.status ?? 'cut off'}${fault}\n`;
}
