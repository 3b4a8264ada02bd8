import { type Command, defineCommand } from '../command.js';
import { VERSION } from '../version.js';

export const version: Command = defineCommand<object>({
  name: 'version',
  summary: 'the same as --version',
  examples: [{ line: 'mcpass version' }],
  parse: () => ({}),
  run(_, { io }) {
    if (io.json) io.outJson({ version: VERSION });
    else io.out(`mcpass ${VERSION}`);
    return Promise.resolve(0);
  },
});
