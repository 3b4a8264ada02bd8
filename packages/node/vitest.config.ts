import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The source of the engine, so that a test run needs no build before it.
  resolve: { alias: { '@mcpass/auth': fileURLToPath(new URL('../auth/src/index.ts', import.meta.url)) } },
  test: { include: ['test/**/*.test.ts'] },
});
