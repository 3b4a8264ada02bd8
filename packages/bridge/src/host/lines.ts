import { quote } from '@mcpass/auth';
import {
  type Envelope,
  errorMessage,
  idOfBeginning,
  type Log,
  type Malformed,
  type Message,
  readEntry,
  readEnvelope,
  RPC,
  withoutMark,
} from '@mcpass/mcp/parts';
import type { HostOutput } from './output.js';

/** What the host says, line by line. A line that is no message is answered here, where it says to whom. */
export interface HostLines {
  take(line: Buffer): void;
  /** A line that has no end, or nearly none. */
  overflow(beginning: Buffer): void;
}

export interface HostLinesParts {
  readonly output: Pick<HostOutput, 'send'>;
  readonly log: Log;
  /** Of a batch, one after the other. Must not throw. */
  onMessage(message: Message): void;
}

export function createHostLines({ output, log, onMessage }: HostLinesParts): HostLines {
  function takeOne(bytes: Buffer, envelope: Envelope | Malformed): void {
    if (envelope.kind === 'malformed') refuse(bytes, envelope);
    else onMessage({ bytes, envelope });
  }

  function refuse(bytes: Buffer, { isJson, id }: Pick<Malformed, 'isJson' | 'id'>): void {
    const what = isJson ? 'is no JSON-RPC message' : 'is not JSON';
    log(`a line of the host ${what}: ${quote(bytes.toString('utf8', 0, 400), 120)}`);
    if (id !== undefined) output.send(errorMessage(id, RPC.invalidRequest, `This ${what}.`));
  }

  return {
    take(line) {
      const bytes = withoutMark(line);
      const envelope = readEnvelope(bytes);
      if (envelope.kind !== 'batch') return takeOne(bytes, envelope);
      if (envelope.entries.length === 0) return refuse(bytes, { isJson: true, id: undefined });
      for (const { start, end } of envelope.entries) {
        const entry = bytes.subarray(start, end);
        takeOne(entry, readEntry(entry));
      }
    },
    overflow(beginning) {
      log(`a line of the host is longer than any message: ${quote(beginning.toString('utf8', 0, 200), 60)}`);
      const id = idOfBeginning(withoutMark(beginning));
      if (id !== undefined) output.send(errorMessage(id, RPC.invalidRequest, 'This message is too long.'));
    },
  };
}
