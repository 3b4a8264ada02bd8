import { withoutMark } from '../message/json-scan.js';
import { createCollectedBytes } from './collected-bytes.js';
import { createLineReader } from './line-reader.js';

/** One server-sent event (HTML Living Standard, section 9.2.6). */
export interface ServerEvent {
  /** `message` where the stream did not say. */
  readonly type: string;
  readonly data: Buffer;
}

export interface EventReaderOptions {
  readonly limit: number;
  readonly onEvent: (event: ServerEvent) => void;
  /** The last event id so far; also of an event without data. */
  readonly onId?: (id: string) => void;
  /** Milliseconds to wait before reconnecting. */
  readonly onRetry?: (ms: number) => void;
  readonly onOverflow?: () => void;
}

/** What a line of an event counts besides its bytes: an empty one costs the sender as little as it costs us work. */
const LINE_COST = 32;

const COLON = 0x3a;
const SPACE = 0x20;
const NEWLINE = Buffer.from('\n');

export interface EventReader {
  push(chunk: Buffer): void;
  /** Bytes of an event that has not ended. */
  held(): number;
}

/** Reads server-sent events; the data of an event of one line is a slice of what was pushed. */
export function createEventReader(options: EventReaderOptions): EventReader {
  const { limit, onEvent, onId, onRetry, onOverflow = () => undefined } = options;
  const data = createCollectedBytes();
  let type = '';
  let hasData = false;
  let size = 0;
  let isFirst = true;

  const dispatch = (): void => {
    const name = type;
    const whole = data.take();
    const isEvent = hasData;
    size = 0;
    type = '';
    hasData = false;
    if (isEvent) onEvent({ type: name === '' ? 'message' : name, data: whole });
  };
  const take = (line: Buffer): void => {
    if (line.length === 0) return dispatch();
    const colon = line.indexOf(COLON);
    if (colon === 0) return;
    const field = line.toString('latin1', 0, colon === -1 ? line.length : colon);
    const value =
      colon === -1
        ? line.subarray(line.length)
        : line.subarray(line[colon + 1] === SPACE ? colon + 2 : colon + 1);
    switch (field) {
      case 'data':
        if (hasData) data.add(NEWLINE);
        hasData = true;
        data.add(value);
        size += value.length + LINE_COST;
        if (size > limit) {
          data.take();
          onOverflow();
        }
        return;
      case 'event':
        type = value.toString();
        return;
      case 'id': {
        const id = value.toString();
        if (!id.includes('\0')) onId?.(id);
        return;
      }
      case 'retry': {
        const text = value.toString('latin1');
        if (/^\d{1,9}$/.test(text)) onRetry?.(Number(text));
        return;
      }
      default:
    }
  };
  const lines = createLineReader({
    limit,
    carriageReturns: true,
    onOverflow,
    onLine(line) {
      // A byte order mark may lead the stream.
      const text = isFirst ? withoutMark(line) : line;
      isFirst = false;
      take(text);
    },
  });
  return { push: lines.push, held: () => data.size + lines.held() };
}
