import type { Readable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { randomBytes } from 'node:crypto';
import { isPrintableAscii } from '@mcpass/auth';
import { knowsLinks, linkAddresses } from './hyperlink.js';
import { printableJson } from './printable-json.js';
import { cutToWidth } from './text-width.js';
import { visibleText } from './visible-text.js';
import { columnsOf, KEPT_BLANK, withBlanks, wrap } from './wrap.js';

export type Format = Parameters<typeof styleText>[0];

/** The streams as Node gives them: terminals or not. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;
  readonly stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;
}

export interface IoOptions {
  readonly streams: Streams;
  readonly env: NodeJS.ProcessEnv;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  readonly input: boolean;
}

/** Everything that the command says: the answer on stdout, the conversation on stderr. */
export interface Io {
  readonly streams: Streams;
  /** The answer is one JSON document. */
  readonly json: boolean;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Whether a question may be asked: somebody is there to read it and to answer. */
  readonly canAsk: boolean;
  /** Spinners and countdowns: only where somebody is watching. */
  readonly animates: boolean;
  /** Columns of the answer, as they are now; absent where it is not shown but read by a program. */
  readonly columns: number | undefined;
  /** One line of the answer, broken between words where it is too long for the terminal. */
  out(line: string): void;
  /** Many lines of it, written together: of thousands each would be a write of its own. */
  outLines(lines: readonly string[]): void;
  /** Lines of the answer with their line ends: harmless on a terminal, exactly as given for a program. */
  outText(text: string): void;
  /** The answer exactly as given, on a terminal too: somebody asked for the bytes. */
  outRaw(bytes: string | Uint8Array): void;
  outJson(value: object): void;
  /** The same in one line, where more than one is printed. */
  outJsonLine(value: object): void;
  /** One line for the person, broken as those of the answer; silent with `--quiet`. */
  say(line: string): void;
  /** A passing line on a terminal, replaced by the next one and wiped by whatever else is printed. */
  showStatus(line: string | undefined): void;
  /** Keeps passing lines away from the terminal while a person is typing there. */
  converse<T>(work: () => Promise<T>): Promise<T>;
  /** How many lines of the conversation were printed so far: a reader who has just been told something needs no more. */
  readonly linesSaid: number;
  /** One line that `--quiet` does not silence: the words of an error. */
  complain(line: string): void;
  /** Text in a colour, where its stream shows colours. Only what is printed by these functions is coloured. */
  paint(format: Format, text: string, stream?: 'stdout' | 'stderr'): string;
}

// What programs that run commands for a model set: nobody answers a question there.
const UNATTENDED = ['CI', 'CLAUDECODE', 'CURSOR_AGENT', 'GEMINI_CLI', 'AI_AGENT'] as const;

const ESC = '\u001b';
const WIPE_LINE = `\r${ESC}[K`;
/** Stands for ESC in what {@link Io.paint} returns. Nobody else can write it, so that an escape is ours or is shown. */
const OUR_ESC = `\u0000${randomBytes(8).toString('hex')}\u0000`;

/** One line in which nothing moves the cursor, ends the line or reorders it, but for colours of ours. */
function safeLine(line: string): string {
  if (isPrintableAscii(line)) return line;
  const safe = (part: string) => visibleText(part).replaceAll('\n', String.raw`\u{a}`);
  return line
    .split(OUR_ESC)
    .map((part) => part.split(KEPT_BLANK).map(safe).join(KEPT_BLANK))
    .join(ESC);
}

/** The same as it is shown. */
function shownLine(line: string): string {
  return withBlanks(safeLine(line));
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value.toLowerCase() !== 'false';
}

export function createIo({ streams, env, json, quiet, color, input }: IoOptions): Io {
  const { stdout, stderr } = streams;
  const attended = !UNATTENDED.some((name) => isSet(env[name]));
  const errIsTerminal = stderr.isTTY === true;
  let statusShown = false;
  let linesSaid = 0;
  let conversations = 0;
  const wipe = () => {
    if (statusShown) stderr.write(WIPE_LINE);
    statusShown = false;
  };
  /** Asked once: `styleText` asks each time. */
  const shows = new Map<'stdout' | 'stderr', boolean>();
  const showsColor = (name: 'stdout' | 'stderr') => {
    const known = shows.get(name) ?? styleText('bold', '-', { stream: streams[name] }) !== '-';
    shows.set(name, known);
    return known;
  };
  const write = (stream: NodeJS.WritableStream, bytes: string | Uint8Array) => {
    wipe();
    stream.write(bytes);
  };
  const links = color && knowsLinks(env);
  /** A terminal may have been resized since the line before. */
  const laidOut = (stream: Streams['stdout'], line: string): string => {
    const columns = columnsOf(stream, env);
    if (columns === undefined) return shownLine(line);
    const shown = wrap(safeLine(line), columns).map(withBlanks);
    return (links ? shown.map(linkAddresses) : shown).join('\n');
  };
  const writeLine = (stream: Streams['stdout'], line: string) => write(stream, `${laidOut(stream, line)}\n`);

  return {
    streams,
    json,
    outIsTerminal: stdout.isTTY === true,
    errIsTerminal,
    get canAsk() {
      return input && attended && errIsTerminal && streams.stdin.isTTY === true;
    },
    animates: errIsTerminal && attended && !quiet && env['TERM'] !== 'dumb',
    get columns() {
      return columnsOf(stdout, env);
    },
    out: (line) => writeLine(stdout, line),
    outLines: (lines) => {
      if (lines.length === 0) return;
      if (stdout.isTTY === true) {
        write(stdout, `${lines.map((line) => laidOut(stdout, line)).join('\n')}\n`);
        return;
      }
      // Asked together too: of thousands of lines nearly none has anything to be replaced, which tabs never are.
      const isPlain = isPrintableAscii(lines.join('').replaceAll('\t', ''));
      const text = `${(isPlain ? lines : lines.map(shownLine)).join('\n')}\n`;
      // ASCII needs no look for what takes more than a byte.
      write(stdout, isPlain ? Buffer.from(text, 'latin1') : text);
    },
    outText: (text) => write(stdout, stdout.isTTY === true ? visibleText(text) : text),
    outRaw: (bytes) => write(stdout, bytes),
    outJson: (value) => write(stdout, `${printableJson({ schema: 1, ...value }, 2)}\n`),
    outJsonLine: (value) => write(stdout, `${printableJson({ schema: 1, ...value })}\n`),
    say(line) {
      linesSaid += 1;
      if (!quiet) writeLine(stderr, line);
    },
    showStatus(line) {
      wipe();
      if (line === undefined || conversations > 0) return;
      // A line that is longer than the terminal could not be wiped.
      stderr.write(cutToWidth(shownLine(line), (columnsOf(stderr, env) ?? Infinity) - 1));
      statusShown = true;
    },
    async converse(work) {
      wipe();
      conversations += 1;
      try {
        return await work();
      } finally {
        conversations -= 1;
      }
    },
    get linesSaid() {
      return linesSaid;
    },
    complain(line) {
      linesSaid += 1;
      writeLine(stderr, line);
    },
    paint(format, text, stream = 'stdout') {
      // styleText itself obeys NO_COLOR, FORCE_COLOR and TERM=dumb for the stream that it is given.
      if (!color || !showsColor(stream)) return text;
      return styleText(format, safeLine(text), { stream: streams[stream] }).replaceAll(ESC, OUR_ESC);
    },
  };
}
