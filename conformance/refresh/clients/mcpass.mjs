/* mcpass, as a user types it: a command for one call, the bridge for a session of several. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { BROWSER, callThrough, runClient, runCommand } from './steps.mjs';

const COMMAND = join(dirname(fileURLToPath(import.meta.url)), '../../../packages/cli/bin/mcpass.js');

await runClient(async ({ url, home, calls, pauseS }) => {
  const mcpass = (...words) => [process.execPath, COMMAND, ...words, '-c', 'credentials_store="plain"'];
  const env = { MCPASS_HOME: home, MCPASS_BROWSER: `"${process.execPath}" "${BROWSER}"` };
  if (calls === 1) await runCommand(mcpass('call', url, 'echo', '--login', '--json'), env);
  else await callThrough(mcpass('bridge', url), env, { calls, pauseS });
});
