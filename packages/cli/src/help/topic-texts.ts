import { errorCodesOf, EXIT_CODES, type ExitMeaning, exitCodeOf } from '../exit.js';
import type { ErrorCode } from '@mcpass/auth';
import { GLOBAL_OPTIONS } from '../globals.js';
import { optionEntry } from './command-help.js';
import { ERROR_TEXTS } from './error-texts.js';
import { SERVER_KEY_TEXTS } from './key-texts.js';
import { type Columns, commandLines, entries, paragraph } from './layout.js';

export function exitCodes(columns: Columns): string {
  return text([
    'What mcpass ends with:',
    '',
    ...entries(
      EXIT_CODES.map(({ code, means }) => [String(code), means] as const),
      columns,
    ),
    '',
    ...paragraph('mcpass help 4 says what to do, and which error codes end so.', columns),
  ]);
}

export function environment(columns: Columns): string {
  return text([
    'Variables of mcpass:',
    '',
    ...entries(
      [
        ['MCPASS_HOME', 'one directory for configuration, credentials and state'],
        ['MCPASS_CONFIG', 'the configuration file, as --config'],
        ['MCPASS_ACCOUNT', 'the account label, as --account'],
        ['MCPASS_CREDENTIALS_STORE', 'the credential store, as credentials_store in the file'],
        ['MCPASS_PASSPHRASE', 'the passphrase of the passphrase store, and of an exported credential'],
        ['MCPASS_PASSPHRASE_FD', 'the number of an open file with that passphrase'],
        ['MCPASS_BROWSER', 'the program that opens the address of a sign-in; "none" opens nothing'],
      ],
      columns,
    ),
    '',
    'Variables of others that are obeyed:',
    '',
    ...entries(
      [
        ['BROWSER', 'as MCPASS_BROWSER, which is stronger'],
        ['CI', 'nobody is there: no questions, and no sign-in without a browser of its own'],
        ['NO_COLOR, FORCE_COLOR, TERM', 'colours'],
        ['HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY', 'proxies, in small letters too'],
        ['DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR', 'the way to the keyring on Linux'],
        ['NODE_EXTRA_CA_CERTS', 'further certificate authorities'],
        ['SSL_CERT_FILE', 'the same, as other programs have it'],
        ['XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, XDG_CACHE_HOME', 'where things are kept'],
        ['VISUAL, EDITOR', 'what mcpass config edit starts'],
      ],
      columns,
    ),
  ]);
}

export function files(columns: Columns): string {
  return text([
    ...paragraph('Where things are kept (mcpass config path prints them for this machine):', columns),
    '',
    ...entries(
      [
        ['~/.config/mcpass/config.toml', 'your configuration; no secret belongs in it'],
        ['.mcpass.toml', 'configuration of a project, found upwards to the root of its repository'],
        ['~/.local/share/mcpass', 'credentials and the turns to sign in, readable only by you'],
        ['~/.local/state/mcpass', 'locks'],
        [
          '~/.cache/mcpass',
          'what can be fetched again: the names that servers have listed, at most a week old, for completion',
        ],
      ],
      columns,
    ),
    '',
    ...paragraph(
      'The XDG variables move them. macOS keeps credentials and state in ~/Library/Application Support/mcpass, Windows in %LOCALAPPDATA%\\mcpass and the configuration in %APPDATA%\\mcpass. MCPASS_HOME puts everything under one directory.',
      columns,
    ),
  ]);
}

export function configuration(columns: Columns): string {
  return text([
    ...paragraph('One TOML file that belongs to you; add and remove change one block of it.', columns),
    '',
    '  # auto, keyring, passphrase, plain,',
    '  # memory',
    '  credentials_store = "auto"',
    '',
    '  [mcp_servers.fastmail]',
    '  url = "https://api.fastmail.com/mcp"',
    '  scopes = [',
    '    "https://www.fastmail.com/dev/mcp",',
    '    "offline_access",',
    '  ]',
    '',
    'Keys of a server:',
    '',
    ...entries(
      [...textsOf((key) => !key.startsWith('unsafe.')), ['unsafe.*', 'mcpass help overrides']],
      columns,
    ),
    '',
    ...paragraph(
      'Precedence: command line, environment, project file, your file, default; mcpass config explain says which one won. -c sets a key for one run: -c \'mcp_servers.fastmail.scopes=["a"]\', or -c \'scopes=["a"]\' for the server of the command.',
      columns,
    ),
  ]);
}

export function overrides(columns: Columns): string {
  return text([
    ...paragraph(
      'A server that departs from the specification is refused where that weakens security. A refusal prints the line that excuses that one server from that one check, for your own configuration file; mcpass status shows the lines that are on.',
      columns,
    ),
    '',
    '  [mcp_servers.legacy]',
    '  url = "https://mcp.legacy.example/mcp"',
    '  unsafe.trusted_issuer = "https://login.legacy.example"',
    '',
    ...entries(
      textsOf((key) => key.startsWith('unsafe.')),
      columns,
    ),
  ]);
}

/** One exit code: what it means, what to do, and which errors end so. */
function exitCode({ code, means, helps }: ExitMeaning, columns: Columns): string {
  const codes = errorCodesOf(code);
  return text([
    ...paragraph(`Exit code ${code}: ${means}.`, columns),
    '',
    ...entries(
      [['what to do', helps], ...(codes.length === 0 ? [] : [['error codes', codes.join(', ')] as const])],
      columns,
    ),
    '',
    ...paragraph('mcpass help exit-codes lists all, and mcpass help CODE tells of an error code.', columns),
  ]);
}

/** One error code: what it means, whose fault it is, what to do. */
function errorCode(code: ErrorCode, columns: Columns): string {
  const { means, fault, helps } = ERROR_TEXTS[code];
  const exit = exitCodeOf(code);
  return text([
    ...paragraph(`${code}: ${means}`, columns),
    '',
    ...entries(
      [
        ['whose fault', `${fault}.`],
        ['what to do', helps],
        ['ends with', `${exit} (mcpass help ${exit})`],
      ],
      columns,
    ),
  ]);
}

/** Help on a code of an error or of an exit; nothing where there is no such code. */
export function codeText(word: string, columns: Columns): string | undefined {
  const exit = EXIT_CODES.find(({ code }) => String(code) === word);
  if (exit !== undefined) return exitCode(exit, columns);
  return isErrorCode(word) ? errorCode(word, columns) : undefined;
}

export function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(ERROR_TEXTS, word);
}

export function errorCodes(columns: Columns): string {
  return text([
    ...paragraph(
      'The code of an error is what programs switch on: error.code with --json. Each has its help, as in mcpass help login_required.',
      columns,
    ),
    '',
    ...paragraph('By what a command ends with:', columns),
    '',
    ...entries(
      EXIT_CODES.map(({ code }) => [String(code), errorCodesOf(code).join(', ')] as const).filter(
        ([, codes]) => codes !== '',
      ),
      columns,
    ),
  ]);
}

export function options(columns: Columns): string {
  return text([
    ...paragraph('On every command, before or after its name:', columns),
    '',
    ...entries(GLOBAL_OPTIONS.map(optionEntry), columns),
  ]);
}

export function ci(columns: Columns): string {
  const say = (words: string) => ['', ...paragraph(words, columns)];
  return text([
    ...paragraph('For scripts, CI and agents: what a program can rely on.', columns),
    ...say(
      'Standard output is the answer and nothing else; what is said to people goes to standard error. With --json the answer is one JSON document with "schema": 1, ISO times, and absent members instead of null. It is never wrapped or coloured when piped.',
    ),
    ...say('An error with --json is one line on standard error, here on five:'),
    '',
    '  {"schema":1,"error":{',
    '    "code":"login_required",',
    '    "step":"credential","fault":"yours",',
    '    "message":"Not signed in.",',
    '    "hint":"mcpass login linear"}}',
    ...say(
      'code never changes its meaning (mcpass help error-codes), step says where it happened, fault is yours, server, network or ours, and hint is the one thing to do. Commands end with:',
    ),
    '',
    ...entries(
      EXIT_CODES.map(({ code, means }) => [String(code), means] as const),
      columns,
    ),
    ...say(
      'Only login, and commands that are told --login, open a browser. Everything else ends with 4. Where CI is set, or nobody is at a terminal, nothing is asked. A sign-in in two steps, with a person anywhere in between:',
    ),
    '',
    ...commandLines('mcpass login linear --no-wait --json', columns),
    ...commandLines('echo "$ADDRESS_IT_ENDED_ON" | mcpass login linear --resume', columns),
    ...say('The first ends with 7 and prints the address to open. To bring a sign-in along:'),
    '',
    ...commandLines('mcpass credential export linear --output linear.credential', columns),
    ...commandLines('mcpass credential import linear.credential', columns),
    ...say(
      'with MCPASS_PASSPHRASE set on both sides; MCPASS_HOME puts everything under one directory, and --no-input asks nothing even at a terminal. A token from elsewhere: bearer_token_env_var.',
    ),
  ]);
}

function textsOf(which: (key: string) => boolean): [key: string, text: string][] {
  return Object.entries(SERVER_KEY_TEXTS).filter(([key]) => which(key));
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
