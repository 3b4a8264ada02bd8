/// <reference types="node" preserve="true" />
import { type Environment, variable } from './environment.js';

/** What kind of place this process runs in. Advice for what to say and try, never a limit of what is possible. */
export interface Surroundings {
  /** Standard input is a terminal. */
  readonly terminal: boolean;
  /** Under continuous integration: `CI` is set and not false. */
  readonly ci: boolean;
  /** Reached through SSH: a browser opened here would be on the wrong machine. */
  readonly ssh: boolean;
  /** In a container, a codespace or a web editor. */
  readonly container: boolean;
  /** Linux under Windows. */
  readonly wsl: boolean;
  /** A browser could show itself here. */
  readonly display: boolean;
  /** Started by a coding agent: no prompts and no spinner. */
  readonly agent: boolean;
}

export interface SurroundingsOptions {
  readonly env: Environment;
  /** `process.platform`. */
  readonly platform: string;
  /** `process.stdin.isTTY === true`. */
  readonly terminal: boolean;
  /** Text of /proc/version and whether a container's mark file exists, where the caller has looked. */
  readonly kernel?: string | undefined;
  readonly containerFile?: boolean | undefined;
}

const AGENTS = ['CLAUDECODE', 'CURSOR_AGENT', 'GEMINI_CLI', 'AI_AGENT', 'CODEX_SANDBOX'];
const CONTAINERS = ['CODESPACES', 'REMOTE_CONTAINERS', 'GITPOD_WORKSPACE_ID', 'KUBERNETES_SERVICE_HOST'];

/** Reads the signs. Pure. */
export function readSurroundings(options: SurroundingsOptions): Surroundings {
  const { env, platform, terminal } = options;
  const set = (name: string) => variable(env, name) !== undefined;
  const linux = platform === 'linux';
  const ci = variable(env, 'CI')?.toLowerCase();
  const ssh = set('SSH_CONNECTION') || set('SSH_TTY') || set('SSH_CLIENT');
  const wsl = linux && (set('WSL_DISTRO_NAME') || /microsoft/i.test(options.kernel ?? ''));
  // On Linux and the BSDs a browser needs an X or Wayland server; WSL opens the one of Windows.
  const native = platform === 'darwin' || platform === 'win32' || wsl;
  return {
    terminal,
    ci: ci !== undefined && ci !== 'false' && ci !== '0',
    ssh,
    container: options.containerFile === true || set('container') || CONTAINERS.some(set),
    wsl,
    display: native || set('DISPLAY') || set('WAYLAND_DISPLAY'),
    agent: AGENTS.some(set),
  };
}
