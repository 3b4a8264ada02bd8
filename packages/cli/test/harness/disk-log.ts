import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linesOf } from '../../../node/test/fixtures/lines.js';

/** Where the command and its packages are. */
const PROGRAM = fileURLToPath(new URL('../../../..', import.meta.url));

let logs = 0;

/** Notes what a command asks of the disk, its own program aside: counts do not depend on how fast the machine is. */
export function createDiskLog(directory: string) {
  const log = join(directory, `disk-${(logs += 1)}.log`);
  return {
    env: {
      NODE_OPTIONS: `--import ${new URL('disk-log.mjs', import.meta.url).href}`,
      DISK_LOG: log,
    },
    /** In order: `open /path/of/file`. */
    asked(): string[] {
      return linesOf(log).filter((line) => !line.includes(` ${PROGRAM}`));
    },
  };
}
