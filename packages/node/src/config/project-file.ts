import { existsSync, statSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';

/** Name of a project's configuration file. */
export const PROJECT_FILE = '.mcpass.toml';

/** Directories looked at on the way up, at most. */
const DEPTH_LIMIT = 64;

/** What was found on the way up from a directory. */
export interface ProjectFile {
  readonly path: string;
  /** False when another user than this one or root owns the file: it is not read then. */
  readonly trusted: boolean;
}

/**
 * The nearest project file from `cwd` up to the root of the repository. Outside a repository only `cwd` itself counts:
 * a file somewhere above, in /tmp for example, may be anybody's.
 */
export function findProjectFile(cwd: string): ProjectFile | undefined {
  let found: string | undefined;
  let directory = cwd;
  for (let depth = 0; depth < DEPTH_LIMIT; depth += 1) {
    const candidate = join(directory, PROJECT_FILE);
    if (found === undefined && existsSync(candidate)) found = candidate;
    if (existsSync(join(directory, '.git'))) return describe(found);
    if (directory === parse(directory).root) break;
    directory = dirname(directory);
  }
  return found === join(cwd, PROJECT_FILE) ? describe(found) : undefined;
}

function describe(path: string | undefined): ProjectFile | undefined {
  if (path === undefined) return undefined;
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  const uid = process.getuid?.();
  // Root gets no exception: it works in other users' directories, and has the most to lose there.
  const trusted = owner === undefined || uid === undefined || owner === uid || owner === 0;
  return { path, trusted };
}
