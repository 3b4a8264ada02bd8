import type { OptionSpec } from './command.js';

/** The options that every command takes, before or after its name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '-c <key=value>',
    repeatable: true,
    summary: 'set a configuration key for this run; the value is TOML',
    completes: 'setting',
  },
  {
    flags: '--config <file>',
    env: 'MCPASS_CONFIG',
    summary: 'use this configuration file and no other',
    completes: 'file',
  },
  {
    flags: '--account <label>',
    env: 'MCPASS_ACCOUNT',
    summary: 'which of several accounts on one server (default: "default")',
    completes: 'account',
  },
  { flags: '--json', summary: 'answer with one JSON document; help and --version stay text' },
  { flags: '-v', counted: true, summary: 'tell what is asked, found and decided; -vv: the log' },
  { flags: '--debug', summary: 'the same as -vv: every event and request, with its time' },
  { flags: '--trace <file>', summary: 'write every event to a file, without secrets', completes: 'file' },
  { flags: '--quiet', summary: 'nothing on stderr but errors and the address of a sign-in' },
  { flags: '--no-input', summary: 'ask no questions' },
  { flags: '--no-color', env: 'NO_COLOR', summary: 'no colours' },
  { flags: '-h, --help', summary: 'help on a command', builtIn: true },
];
