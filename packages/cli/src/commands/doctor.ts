import { defineCommand, wholeNumber, type Command } from '../command.js';
import type { DoctorOptions } from '../doctor/show.js';
import { usageError } from '../failure.js';

// A day, as for `login`.
const LONGEST_TIMEOUT_S = 86_400;

export const doctor: Command = defineCommand<DoctorOptions>({
  name: 'doctor',
  summary: 'walk a sign-in step by step and say what is wrong',
  about: [
    'Needs no configuration and no sign-in: an address is enough. Says of each step what was found and why; of one that fails whose fault it is, by which rule, and the one thing to do. Also lists what a server does besides the specifications and mcpass tolerates.',
    'Only looks: nothing is registered, written or renewed, unless --login or --refresh does the real thing. Without SERVER it looks at this machine, and at each configured server shortly. Ends with 0 when nothing failed, else with the code of what failed first.',
    '--markdown and --html leave out what is secret or looks like it: they are made to be shown to others.',
  ],
  examples: [
    { line: 'mcpass doctor' },
    { line: 'mcpass doctor https://mcp.linear.app/mcp', says: 'without any configuration' },
    { line: 'mcpass doctor linear --login' },
    { line: 'mcpass doctor linear --markdown', says: 'for an issue report' },
    { line: 'mcpass doctor linear --html report.html', says: 'a page with the sign-in drawn' },
  ],
  arguments: [
    {
      name: 'server',
      summary: 'a configured name or a URL; this machine and all when absent',
      optional: true,
      completes: 'server',
    },
  ],
  options: [
    { flags: '--login', summary: 'sign in for real, with a trace' },
    { flags: '--timeout <seconds>', summary: 'how long you have for it; 300 when absent' },
    { flags: '--refresh', summary: 'renew for real, with a trace' },
    { flags: '--markdown', summary: 'as Markdown, for an issue report' },
    {
      flags: '--html <file>',
      summary: 'write a page of its own, with the sequence drawn',
      completes: 'file',
    },
  ],
  parse(input) {
    const server = input.argument('server');
    const html = input.option('html');
    const timeoutS = wholeNumber(input, 'timeout', 1, LONGEST_TIMEOUT_S);
    const [login, refresh, markdown] = [input.flag('login'), input.flag('refresh'), input.flag('markdown')];
    if (server === undefined && (login || refresh))
      throw usageError('doctor needs SERVER for --login and --refresh.');
    return {
      ...(server !== undefined && { server }),
      login,
      refresh,
      markdown,
      ...(html !== undefined && { html }),
      consentTimeoutMs: timeoutS === undefined ? undefined : timeoutS * 1000,
    };
  },
  // Everything that it takes is loaded only when it is run: the overview and the help need none of it.
  run: async (options, deps) => (await import('../doctor/show.js')).showDoctor(options, deps),
});
