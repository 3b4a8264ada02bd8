import { defineConfig } from 'vitest/config';

// For this package alone; the whole repository runs with the configuration at its root.
export default defineConfig({ test: { include: ['test/**/*.test.ts'] } });
