import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { inertAddress } from '@mcpass/auth';
import { childEnvironment, type Environment, variable } from '../environment.js';
import type { Surroundings } from '../surroundings.js';
import { judgeBrowserCommand } from './browser-command.js';
import { type Command, parseCommand, withAddress } from './command-line.js';
import { PLATFORM_BROWSER_VARIABLES, platformBrowser } from './platform-browser.js';

/** Which program shows the sign-in page, or why none does. */
export type BrowserChoice =
  | { readonly kind: 'none'; readonly why: 'asked' | 'ssh' | 'no_display' }
  /** Tried in order. */
  | { readonly kind: 'commands'; readonly commands: readonly Command[]; readonly from: string }
  | { readonly kind: 'platform' };

export interface BrowserOptions {
  readonly env: Environment;
  readonly platform: string;
  readonly surroundings: Surroundings;
  /** `--browser PROGRAM`. */
  readonly browser?: string | undefined;
  /** `--no-browser`. */
  readonly noBrowser?: boolean | undefined;
}

/** What the person configured, strongest first: `--browser`, `MCPASS_BROWSER`, `BROWSER`. */
export function configuredBrowser(
  options: Pick<BrowserOptions, 'env' | 'browser'>,
): { readonly from: string; readonly value: string } | undefined {
  const { env, browser } = options;
  if (browser !== undefined && browser !== '') return { from: '--browser', value: browser };
  for (const from of ['MCPASS_BROWSER', 'BROWSER']) {
    const value = variable(env, from);
    if (value !== undefined) return { from, value };
  }
  return undefined;
}

/** Chooses the browser. Over SSH, and where nothing could be shown, only a configured one is tried. */
export function chooseBrowser(options: BrowserOptions): BrowserChoice {
  const { surroundings, platform } = options;
  if (options.noBrowser === true) return { kind: 'none', why: 'asked' };
  const configured = configuredBrowser(options);
  if (configured !== undefined) {
    if (configured.value === 'none') return { kind: 'none', why: 'asked' };
    return { kind: 'commands', commands: commandsOf(configured, platform), from: configured.from };
  }
  if (surroundings.ssh) return { kind: 'none', why: 'ssh' };
  if (!surroundings.display) return { kind: 'none', why: 'no_display' };
  return { kind: 'platform' };
}

function commandsOf(configured: { from: string; value: string }, platform: string): readonly Command[] {
  const { from, value } = configured;
  // A path with blanks in it is a program, not a program with arguments.
  if (/[/\\]/.test(value) && existsSync(value)) return [[value]];
  // `BROWSER` is a list separated by colons, as xdg-open and Python's webbrowser read it.
  const list = from === 'BROWSER' && platform !== 'win32' ? value.split(':') : [value];
  return list
    .map((text) => parseCommand(text, platform))
    .filter((command): command is Command => command !== undefined);
}

/** Milliseconds after which a program that still runs counts as a browser that opened. */
const SETTLED_MS = 1_000;

/**
 * Tries to show an address that has been checked. True when a program took it, which is no proof that a page is open;
 * false when none did. A command that would have a shell read the address is passed over. The program does not get to
 * see the `secretVariables`. Never throws.
 */
export async function openBrowser(
  choice: BrowserChoice,
  address: string,
  env: Environment,
  secretVariables: readonly string[] = [],
): Promise<boolean> {
  const inert = inertAddress(address);
  const childEnv = childEnvironment(env, secretVariables);
  if (choice.kind === 'platform') {
    return run(() => platformBrowser(inert), { ...childEnv, ...PLATFORM_BROWSER_VARIABLES });
  }
  const commands = choice.kind === 'commands' ? choice.commands : [];
  for (const command of commands) {
    if (judgeBrowserCommand(command) !== undefined) continue;
    if (await run(() => withAddress(command, inert), childEnv)) return true;
  }
  return false;
}

/** No shell, nothing of our streams, and it outlives us. */
function run(command: () => Command, env: Record<string, string>): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const [program, ...args] = command();
      const child = spawn(program, args, {
        detached: true,
        env,
        stdio: 'ignore',
        windowsHide: true,
      });
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === 0));
      child.unref();
      setTimeout(() => resolve(true), SETTLED_MS).unref();
    } catch {
      // Windows refuses batch files without a shell right away.
      resolve(false);
    }
  });
}
