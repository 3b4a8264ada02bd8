import { defineConfig } from 'vitest/config';

// For this package alone; the whole repository runs with the configuration at its root.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Many small files without a state of their own: starting a process for each would take longer than the tests.
    isolate: false,
    pool: 'threads',
    maxWorkers: 2,
  },
});
