import type { Deps } from '../deps.js';
import type { Io } from './io.js';

const SPINNER = ['|', '/', '-', '\\'] as const;
const SPINNER_AFTER_MS = 400;
const SPINNER_STEP_MS = 120;
const LINE_AFTER_MS = 1_000;

/**
 * Does the work and, when that takes a while, says what is going on: a spinner where somebody is watching, one plain
 * line otherwise. Silent while a person is being asked, since the two would write over each other.
 */
export async function withProgress<T>(deps: Deps, words: string, work: () => Promise<T>): Promise<T> {
  const { io, globals, events } = deps;
  // With a debug log the reader knows more than a spinner could say.
  if (globals.verbosity > 0) return work();
  const indicator = io.animates ? startSpinner(io, words) : startLine(io, words);
  const unlisten = events.listen((event) => {
    if (event.type !== 'consent') return;
    indicator.pause(event.waiting);
  });
  try {
    return await work();
  } finally {
    unlisten();
    indicator.stop();
  }
}

interface Indicator {
  pause(paused: boolean): void;
  stop(): void;
}

function startLine(io: Io, words: string): Indicator {
  const before = io.linesSaid;
  const timer = setTimeout(() => io.linesSaid === before && io.say(`${words}…`), LINE_AFTER_MS);
  return { pause: (paused) => paused && clearTimeout(timer), stop: () => clearTimeout(timer) };
}

function startSpinner(io: Io, words: string): Indicator {
  let frame = 0;
  let paused = false;
  const draw = () => {
    if (paused) return;
    io.showStatus(`${SPINNER[frame % SPINNER.length] ?? ''} ${words}`);
    frame += 1;
  };
  let ticking: NodeJS.Timeout | undefined;
  const starting = setTimeout(() => {
    draw();
    ticking = setInterval(draw, SPINNER_STEP_MS);
  }, SPINNER_AFTER_MS);
  return {
    pause(value) {
      paused = value;
      if (paused) io.showStatus(undefined);
    },
    stop() {
      clearTimeout(starting);
      clearInterval(ticking);
      io.showStatus(undefined);
    },
  };
}
