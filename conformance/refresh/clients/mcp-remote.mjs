/* mcp-remote: a proxy for each process of a host, with one folder for all. It prints the address of a sign-in. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { callThrough, runClient } from './steps.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const PROXY = join(here, '../../../bench/node_modules/mcp-remote/dist/proxy.js');

await runClient(({ url, home, calls, pauseS }) =>
  callThrough(
    [process.execPath, PROXY, url, '--allow-http'],
    { MCP_REMOTE_CONFIG_DIR: home },
    { calls, pauseS },
  ),
);
