import { didYouMean } from '@mcpass/auth';
import { usageError } from '../failure.js';
import { claudeDesktop } from './claude-desktop.js';
import { claude } from './claude.js';
import { codex } from './codex.js';
import { cursor } from './cursor.js';
import { gemini } from './gemini.js';
import { goose } from './goose.js';
import type { Host } from './host.js';
import { opencode } from './opencode.js';
import { vscode } from './vscode.js';
import { windsurf } from './windsurf.js';
import { zed } from './zed.js';

export const HOSTS: readonly Host[] = [
  codex,
  claude,
  claudeDesktop,
  cursor,
  vscode,
  gemini,
  opencode,
  windsurf,
  zed,
  goose,
];

/** Throws `usage` for a host that we do not know. */
export function findHost(word: string): Host {
  const wanted = word.toLowerCase();
  const host = HOSTS.find(({ name, also }) => name === wanted || also.includes(wanted));
  if (host !== undefined) return host;
  const names = HOSTS.map(({ name }) => name);
  throw usageError(
    `mcpass does not know the host "${word}".${didYouMean(word, [...names, ...HOSTS.flatMap(({ also }) => also)])}`,
    { do: 'say', text: `one of ${names.join(', ')}` },
  );
}
