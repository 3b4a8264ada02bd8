import { defineCommand, SERVER, type Command } from '../command.js';
import { isoTime } from '../terminal/moment.js';
import { checkTransferable } from '../servers/bound-token.js';
import { openServer } from '../servers/server-access.js';
import { whole } from '../terminal/wrap.js';

export interface TokenOptions {
  readonly server: string;
  readonly header: boolean;
  readonly bound: boolean;
}

export const token: Command = defineCommand<TokenOptions>({
  name: 'token',
  summary: 'print a fresh access token',
  about: ['Renews it first when that is needed, and prints it and nothing else.'],
  examples: [
    { line: 'curl -H "$(mcpass token linear --header)" https://mcp.linear.app/mcp' },
    { line: 'mcpass token linear --json' },
  ],
  arguments: [SERVER],
  options: [
    { flags: '--header', summary: 'as a header line' },
    { flags: '--bound', summary: 'also one that is bound to a key, and useless without it' },
  ],
  parse: (input) => ({
    server: input.required('server'),
    header: input.flag('header'),
    bound: input.flag('bound'),
  }),
  async run({ server, header, bound }, deps) {
    const { io } = deps;
    const { name, authorizer } = openServer(deps, server);
    const access = await authorizer.accessToken();
    if (!bound) checkTransferable(access, name);
    const { token: secret, type, expiresAtS } = access;
    // The one command whose answer is a secret.
    const text = secret.reveal();
    if (io.json) {
      io.outJson({
        token: text,
        type,
        ...(expiresAtS === undefined ? {} : { expiresAt: isoTime(expiresAtS) }),
      });
    } else {
      io.out(header ? whole(`Authorization: ${type} ${text}`) : text);
    }
    return 0;
  },
});
