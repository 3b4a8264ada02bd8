import { plain } from '@mcpass/auth';
import { defineCommand, SERVER, type Command } from '../command.js';
import { withProgress } from '../terminal/progress.js';
import { openServer } from '../servers/server-access.js';
import { serverJson } from '../servers/server-json.js';
import { expiryText } from '../servers/sign-in-facts.js';

export interface RefreshOptions {
  readonly server: string;
}

export const refresh: Command = defineCommand<RefreshOptions>({
  name: 'refresh',
  summary: 'renew a sign-in now',
  about: ['Never opens a browser: where only a person can renew the sign-in, it says so (exit code 4).'],
  examples: [{ line: 'mcpass refresh linear' }],
  arguments: [SERVER],
  parse: (input) => ({ server: input.required('server') }),
  async run({ server: wanted }, deps) {
    const { io } = deps;
    const { name, server, store, authorizer } = openServer(deps, wanted);
    const record = await withProgress(deps, `Renewing ${plain(name)}`, () => authorizer.refresh());
    if (io.json) {
      io.outJson({ renewed: true, server: serverJson(server, record, store, Date.now()) });
    } else {
      io.out(`Renewed ${plain(name)}: expires ${expiryText(record, Date.now())}`);
    }
    return 0;
  },
});
