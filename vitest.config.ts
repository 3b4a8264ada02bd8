import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('packages', import.meta.url));

export default defineConfig({
  // In a test's own process our code is the source; what a test starts as a process is what was built.
  resolve: {
    alias: [
      { find: /^@mcpass\/(auth|node|mcp|bridge|sandbox)$/, replacement: `${packages}/$1/src/index.ts` },
      {
        find: /^@mcpass\/(auth|node|mcp|bridge|sandbox)\/([a-z-]+)$/,
        replacement: `${packages}/$1/src/$2.ts`,
      },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    // Real processes and servers, which wait as much as they work: three files at a time keep two cores busy.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
