import { didYouMean, judgeAccountLabel, type McpassError } from '@mcpass/auth';
import { Command as Parser, CommanderError, Option } from 'commander';
import { overview } from './help/overview.js';
import { type Command, commandMeant, type Input, type OptionSpec, type Prepared } from './command.js';
import { COMMANDS } from './commands/index.js';
import { createEvents, type Deps, type Globals } from './deps.js';
import { watchEvents } from './terminal/event-log.js';
import { asMcpassError, printFailure, unwrittenError, usageError } from './failure.js';
import { GLOBAL_OPTIONS } from './globals.js';
import { commandHelp } from './help/command-help.js';
import { createIo, type Io, type Streams } from './terminal/io.js';
import { columnsOf } from './terminal/wrap.js';
import { watchRenewals } from './servers/renewal-warning.js';
import { VERSION } from './version.js';

export interface World {
  readonly streams: Streams;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Called by a command that goes on until it is told to end: then that is how its work is done. */
  serve(): void;
  /** Another program runs in the place of this one: signals are its own from now on, until the returned function is called. */
  handOver(receive: (signal: NodeJS.Signals) => void): () => void;
  /** Waits until the answer is written; why it could not be. */
  written(): Promise<Error | undefined>;
}

/** Runs one command line and says what to end with. The only place that prints errors. */
export async function runProgram(words: readonly string[], world: World): Promise<number> {
  const reading = readCommandLine(words, world);
  let chosen: Chosen;
  try {
    chosen = await reading.result;
  } catch (thrown) {
    const globals = reading.globals();
    // `--json` may stand behind the word that could not be understood.
    const io = createIoOf(world, { ...globals, json: globals.json || words.includes('--json') });
    const command = reading.command();
    return printFailure(io, asMcpassError(thrown), { command, repeated: globals, verbose: true });
  }
  const globals = reading.globals();
  const io = createIoOf(world, globals);
  let code = 0;
  if ('text' in chosen) io.outText(chosen.text);
  else code = await runCommand(chosen, { io, globals, world });
  const unwritten = await world.written();
  if (unwritten === undefined) return code;
  return printFailure(io, unwrittenError(unwritten), { repeated: globals, verbose: true });
}

function createIoOf({ streams, env }: World, { json, quiet, color, input }: Globals): Io {
  return createIo({ streams, env, json, quiet, color, input });
}

async function runCommand(
  asked: ChosenCommand,
  { io, globals, world }: { io: Io; globals: Globals; world: World },
): Promise<number> {
  const events = createEvents();
  const { env, signal, serve, handOver } = world;
  const deps: Deps = { io, env, globals, signal, events, serve, handOver };
  let chosen = asked;
  let unwatch: () => void = () => undefined;
  watchRenewals(deps);
  try {
    unwatch = watchEvents(deps);
    chosen = { ...asked, prepared: await asked.prepared.complete(deps) };
    return await chosen.prepared.run(deps);
  } catch (thrown) {
    const error = asMcpassError(world.signal.aborted ? world.signal.reason : thrown);
    const { locatePaths } = await import('./servers/configuration.js');
    return printFailure(io, await explain(error, chosen, deps), {
      server: chosen.prepared.server,
      command: chosen.name,
      repeated: globals,
      begun: await wasBegun(error, chosen, deps),
      configFile: locatePaths(deps).configFile,
      redirect: await redirectOf(error, chosen, deps),
      verbose: globals.verbosity > 1,
    });
  } finally {
    unwatch();
  }
}

/** Whoever signs in has chosen the account; whoever is told to may have meant another one. */
async function explain(error: McpassError, chosen: ChosenCommand, deps: Deps): Promise<McpassError> {
  const server = serverToSignInTo(error, chosen);
  if (server === undefined) return error;
  const { explainMissing } = await import('./servers/account-check.js');
  return explainMissing(error, server, deps);
}

/** Whether the sign-in that is needed is under way. */
async function wasBegun(error: McpassError, chosen: ChosenCommand, deps: Deps): Promise<boolean> {
  const server = serverToSignInTo(error, chosen);
  if (server === undefined) return false;
  const { isSignInBegun } = await import('./sign-in/begun.js');
  return isSignInBegun(server, deps);
}

async function redirectOf(
  { code, facts }: McpassError,
  { prepared }: ChosenCommand,
  deps: Deps,
): Promise<string | undefined> {
  // A document of one's own names its redirect URIs itself.
  if (code !== 'client_needed' || facts['metadataDocuments'] !== false || prepared.server === undefined)
    return undefined;
  const { redirectText } = await import('./sign-in/redirect-text.js');
  return redirectText(prepared.server, deps);
}

function serverToSignInTo({ code }: McpassError, { name, prepared }: ChosenCommand): string | undefined {
  return code === 'login_required' && name !== 'login' ? prepared.server : undefined;
}

interface ChosenCommand {
  readonly name: string;
  readonly prepared: Prepared;
}
type Chosen = ChosenCommand | { readonly text: string };

interface Reading {
  readonly result: Promise<Chosen>;
  globals(): Globals;
  command(): string | undefined;
}

function readCommandLine(
  words: readonly string[],
  { env, streams }: Pick<World, 'env' | 'streams'>,
): Reading {
  const columns = columnsOf(streams.stdout, env);
  let chosen: Chosen | undefined;
  let command: string | undefined;
  const root = new Parser('mcpass').helpCommand(false).exitOverride();
  const texts: string[] = [];
  root.configureOutput({ writeOut: (text) => void texts.push(text), writeErr: () => undefined });
  root.configureHelp({ formatHelp: () => overview(COMMANDS, columns) });
  root.version(`mcpass ${VERSION}`, '-V, --version');
  addOptions(root, GLOBAL_OPTIONS);
  for (const entry of COMMANDS) {
    root.command(entry.name, { hidden: entry.hidden ?? false }).aliases(entry.aliases ?? []);
  }
  root.hook('preSubcommand', async (_, parser) => {
    command = parser.name();
    const definition = await COMMANDS.find((entry) => entry.name === command)?.load();
    if (definition === undefined) return;
    parser.configureHelp({ formatHelp: () => commandHelp(definition, columns) });
    define(parser, definition, words, (prepared) => {
      chosen = { name: definition.name, prepared };
    });
  });

  const read = async (): Promise<Chosen> => {
    try {
      await root.parseAsync([...words], { from: 'user' });
    } catch (thrown) {
      if (!(thrown instanceof CommanderError)) throw thrown;
      // Help and version end the parsing with what commander calls an error.
      if (thrown.exitCode === 0) return { text: texts.join('') };
      if (thrown.code === 'commander.help') return { text: overview(COMMANDS, columns) };
      throw usageError(commanderMessage(thrown, root.args, command));
    }
    const { account } = globalsOf(root, env);
    const problem = account === undefined ? undefined : judgeAccountLabel(account);
    if (problem !== undefined) {
      throw usageError(
        `${root.opts()['account'] === undefined ? 'MCPASS_ACCOUNT' : '--account'} ${problem}.`,
      );
    }
    return chosen ?? { text: overview(COMMANDS, columns) };
  };
  return { result: read(), globals: () => globalsOf(root, env), command: () => command };
}

function define(
  parser: Parser,
  definition: Command,
  words: readonly string[],
  choose: (prepared: Prepared) => void,
): void {
  for (const { name, optional, variadic } of definition.arguments ?? []) {
    const word = variadic === true ? `${name}...` : name;
    parser.argument(optional === true ? `[${word}]` : `<${word}>`);
  }
  addOptions(parser, definition.options ?? []);
  parser.action(() => choose(definition.prepare(createInput(parser, definition, words))));
}

function addOptions(parser: Parser, specs: readonly OptionSpec[]): void {
  for (const { flags, repeatable, counted, choices, builtIn } of specs) {
    if (builtIn === true) continue;
    const option = new Option(flags);
    const check = (value: string): string => {
      // Of a variable that is not set, most likely: without the option the command would mean something else.
      if (value === '') throw usageError(`${option.long ?? option.short ?? flags} needs a value.`);
      if (choices !== undefined && !choices.includes(value)) {
        throw usageError(
          `${option.long ?? flags} takes ${choices.join(', ')}, not "${value}".${didYouMean(value, choices)}`,
        );
      }
      return value;
    };
    if (repeatable === true) {
      option.argParser((value: string, earlier: unknown) => [
        ...(Array.isArray(earlier) ? earlier : []),
        check(value),
      ]);
    } else if (counted === true) {
      option.preset('').argParser((_, earlier: unknown) => (typeof earlier === 'number' ? earlier : 0) + 1);
    } else if (option.required) {
      option.argParser(check);
    }
    parser.addOption(option);
  }
}

function createInput(parser: Parser, definition: Command, words: readonly string[]): Input {
  const values: Readonly<Record<string, unknown>> = parser.opts();
  const positions = (definition.arguments ?? []).map(({ name }) => name);
  const valueOf = (name: string): unknown => values[camelCase(name)];
  const argument = (name: string): string | undefined => {
    const value: unknown = parser.processedArgs[positions.indexOf(name)];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    argument,
    required(name) {
      const value = argument(name);
      if (value === undefined || value === '') {
        throw usageError(`${definition.name} needs ${name.toUpperCase()}.`);
      }
      return value;
    },
    rest(name) {
      const value: unknown = parser.processedArgs[positions.indexOf(name)];
      return Array.isArray(value) ? value.map(String) : [];
    },
    behindDashes() {
      const at = words.indexOf('--');
      return at < 0 ? undefined : words.slice(at + 1);
    },
    option(name) {
      const value = valueOf(name);
      return typeof value === 'string' ? value : undefined;
    },
    all(name) {
      const value = valueOf(name);
      return Array.isArray(value) ? value.map(String) : [];
    },
    // Commander keeps `--no-x` as the value `false` of `x`.
    flag: (name) => (name.startsWith('no-') ? valueOf(name.slice(3)) === false : valueOf(name) === true),
  };
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function globalsOf(root: Parser, env: NodeJS.ProcessEnv): Globals {
  const values: Readonly<Record<string, unknown>> = root.opts();
  const text = (name: string, variable: string): string | undefined => {
    const value = values[name] ?? env[variable];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const configFile = text('config', 'MCPASS_CONFIG');
  const account = text('account', 'MCPASS_ACCOUNT');
  const verbose = typeof values['v'] === 'number' ? values['v'] : 0;
  return {
    overrides: Array.isArray(values['c']) ? values['c'].map(String) : [],
    ...(configFile === undefined ? {} : { configFile }),
    ...(account === undefined ? {} : { account }),
    json: values['json'] === true,
    verbosity: values['debug'] === true || verbose > 1 ? 2 : verbose === 1 ? 1 : 0,
    ...(typeof values['trace'] === 'string' ? { traceFile: values['trace'] } : {}),
    quiet: values['quiet'] === true,
    input: values['input'] !== false,
    color: values['color'] !== false,
  };
}

/** What commander complains about, in our words: one line, the suggestion as a sentence. */
function commanderMessage(
  error: CommanderError,
  words: readonly string[],
  command: string | undefined,
): string {
  if (error.code === 'commander.unknownCommand') {
    const word = words[0] ?? '';
    return `There is no command "${word}".${commandMeant(word, COMMANDS)}`;
  }
  const missing = /^error: missing required argument '([^']+)'/.exec(error.message)?.[1];
  if (missing !== undefined) return `${command ?? 'mcpass'} needs ${missing.toUpperCase()}.`;
  if (/unknown option '--(?:client-secret|token|password)(?:=.*)?'/.test(error.message)) {
    return 'A secret does not go on the command line, where process lists and histories show it: use --client-secret-env, -file or -stdin, or --bearer-token-env-var.';
  }
  // Most likely an option of the command to run.
  if (command === 'exec' && error.code === 'commander.unknownOption' && !words.includes('--')) {
    return 'exec needs -- before the command that it runs.';
  }
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/[()]/g, '').trim();
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`;
  return suggestion === '' ? sentence : `${sentence} ${suggestion}`;
}
