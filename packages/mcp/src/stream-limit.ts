import { SessionError } from './session-error.js';

/** Largest event of an event stream that is read, in bytes. */
const LARGEST_EVENT = 64 * 1024 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Passes an event stream on, and breaks it off when one event grows beyond all bounds: the parser would keep it all. */
export function limitEvents(largest: number = LARGEST_EVENT): TransformStream<Uint8Array, Uint8Array> {
  let eventBytes = 0;
  let lineIsEmpty = true;
  return new TransformStream({
    transform(chunk, controller) {
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        // An empty line ends the event.
        eventBytes = lineIsEmpty && holdsNothing(chunk, start, end) ? 0 : eventBytes + end - start;
        lineIsEmpty = true;
        start = end + 1;
      }
      eventBytes += chunk.length - start;
      lineIsEmpty &&= holdsNothing(chunk, start, chunk.length);
      if (eventBytes > largest) {
        controller.error(
          new SessionError('answer_invalid', `An event is larger than ${largest / 1024 / 1024} MiB.`, {
            fault: 'server',
          }),
        );
        return;
      }
      controller.enqueue(chunk);
    },
  });
}

/** Nothing, or what comes before a line feed in an empty line. */
function holdsNothing(chunk: Uint8Array, start: number, end: number): boolean {
  return start === end || (end - start === 1 && chunk[start] === CARRIAGE_RETURN);
}
