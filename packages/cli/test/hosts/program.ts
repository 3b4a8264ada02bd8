import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const FOLDER = process.env['MCPASS_TEST_HOSTS'];

/** A host that is installed here: in the folder that `MCPASS_TEST_HOSTS` names (npm packages or programs), or on the PATH. */
export function findHostProgram(name: string): string | undefined {
  const folders = [
    ...(FOLDER === undefined ? [] : [join(FOLDER, 'node_modules', '.bin'), FOLDER]),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** One line for the report, where a program is absent. */
export function announceAbsence(names: Readonly<Record<string, string>>): void {
  for (const [name, npmPackage] of Object.entries(names)) {
    if (findHostProgram(name) !== undefined) continue;
    process.stderr.write(
      `host tests skipped: no ${name} here (npm install ${npmPackage}, and name the folder in MCPASS_TEST_HOSTS)\n`,
    );
  }
}

export interface HostRun {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Called with every line on stdout; `true` ends the program. */
  readonly onLine?: (line: string, write: (text: string) => void) => boolean;
  /** What is written to it at first. */
  readonly input?: string;
}

export interface HostAnswer {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a host to its end. */
export function runHost(name: string, words: readonly string[], run: HostRun): Promise<HostAnswer> {
  const program = findHostProgram(name) ?? name;
  const child = spawn(program, words, {
    cwd: run.cwd,
    env: { PATH: process.env['PATH'] ?? '', ...run.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr, rest] = ['', '', ''];
  child.stdin.on('error', () => undefined);
  if (run.onLine === undefined) child.stdin.end(run.input ?? '');
  else child.stdin.write(run.input ?? '');
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (run.onLine?.(line, (more) => void child.stdin.write(more)) === true) child.stdin.end();
    }
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 90_000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      if (code === 0 || run.onLine !== undefined) resolve({ stdout, stderr });
      else reject(new Error(`${name} ended with ${code}:\n${stdout}\n${stderr}`));
    });
  });
}
