import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** The file that a shell would start for a name, or `undefined`. Directories that `skip` refuses are passed over. */
export function findProgram(
  name: string,
  env: NodeJS.ProcessEnv,
  skip: (directory: string) => boolean = () => false,
): string | undefined {
  const endings = process.platform === 'win32' ? (env['PATHEXT'] ?? '.EXE;.CMD;.BAT').split(';') : [''];
  for (const directory of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (!isAbsolute(directory) || skip(directory)) continue;
    const file = endings.map((ending) => join(directory, name + ending)).find(isProgram);
    if (file !== undefined) return file;
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
