import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { configDefaults, defineConfig, type TestProjectConfiguration } from 'vitest/config';

const packages = fileURLToPath(new URL('packages', import.meta.url));
const cores = availableParallelism();
/**
 * For tests that wait for processes and servers. One more than there are cores: `npm test` runs other parts beside them, and a
 * machine with too much to do at once takes longer for all of it.
 */
const waiting = { maxWorkers: cores + 1 };
/** What only `npm run soak` does: it takes minutes, or measures. */
const SOAK = 'packages/*/test/**/*.soak.test.ts';

/**
 * A part of the tests with a pool of its own. `order`: one after the other, because each wants the machine its way. The files
 * of a part share the modules of a worker, which would take longer to load than most of them take.
 */
function project(
  name: string,
  include: readonly string[],
  order: number,
  pool: { readonly maxWorkers: number; readonly pool?: 'threads' | 'forks' },
): TestProjectConfiguration {
  const exclude = [...configDefaults.exclude, ...(name === 'soak' ? [] : [SOAK])];
  return {
    extends: true,
    test: { name, include: [...include], exclude, sequence: { groupOrder: order }, isolate: false, ...pool },
  };
}

export default defineConfig({
  // The bundle knows its version from the package that it is made for.
  define: { MCPASS_VERSION: JSON.stringify('0.0.0-source') },
  // In a test's own process our code is the source; what a test starts as a process is what was built.
  resolve: {
    alias: [
      {
        find: /^@mcpass\/(auth|node|mcp|bridge|sandbox|web|postgres)$/,
        replacement: `${packages}/$1/src/index.ts`,
      },
      {
        find: /^@mcpass\/(auth|node|mcp|bridge|sandbox)\/([a-z-]+)$/,
        replacement: `${packages}/$1/src/$2.ts`,
      },
    ],
  },
  test: {
    // Only to end what hangs: a test waits for what happens, however slow the machine is.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 90_000 } },
    projects: [
      // Many small files without a state of their own: a process for each worker would be too much.
      project('engine', ['packages/{auth,sandbox,web}/test/**/*.test.ts'], 1, {
        maxWorkers: cores,
        pool: 'threads',
      }),
      project('client', ['packages/{node,mcp,postgres}/test/**/*.test.ts'], 2, waiting),
      // Real processes and servers, which wait more than they work.
      project('bridge', ['packages/bridge/test/**/*.test.ts'], 3, waiting),
      project('command', ['packages/cli/test/**/*.test.ts'], 4, waiting),
      // In turn: what measures has the machine for itself.
      project('soak', [SOAK], 5, { maxWorkers: 1 }),
    ],
  },
});
