import { plain, type AuthEvent, type Fact } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import { storyLine } from './story.js';
import { createTrace } from './trace.js';

/** Lets everything that happens be read by those who were asked to read it: the story, the debug log and the trace file. */
export function watchEvents({ io, globals, events }: Deps): () => void {
  const endings: (() => void)[] = [];
  if (globals.verbosity > 0) {
    endings.push(
      events.listen((event) => {
        const line = globals.verbosity < 2 ? storyLine(event, Date.now()) : eventLine(event);
        // Asked for by name, so --quiet does not silence it.
        if (line !== undefined) io.complain(io.paint('dim', line, 'stderr'));
      }),
    );
  }
  if (globals.traceFile !== undefined) {
    const trace = createTrace(globals.traceFile);
    endings.push(
      events.listen((event) => trace.write(event)),
      () => trace.close(),
    );
  }
  return () => {
    for (const end of endings) end();
  };
}

/** One event in one line, or nothing where it says too little. Events are redacted where they are made. */
function eventLine(event: AuthEvent): string | undefined {
  switch (event.type) {
    // Its answer says the same and more.
    case 'request':
      return undefined;
    case 'answer':
    case 'no_answer':
      return line(event.step, exchangeText(event));
    case 'decision':
      return line(event.step, decisionText(event));
    case 'deviation':
      return line(event.step, `tolerated ${event.id}: ${plain(event.text, 500)}`);
    default:
      return line('authorization', `${event.waiting ? '' : 'no longer '}waiting for a person`);
  }
}

function exchangeText(event: Extract<AuthEvent, { type: 'answer' | 'no_answer' }>): string {
  const came = event.type === 'answer' ? String(event.status) : `no answer: ${event.code}`;
  return `${event.method} ${plain(event.url, 2_000)} -> ${came} (${(event.ms / 1000).toFixed(3)} s)`;
}

function line(step: string, text: string): string {
  return `debug ${step}: ${text}`;
}

/** What was found or chosen, with its facts. */
export function decisionText({ step, what, facts }: Extract<AuthEvent, { type: 'decision' }>): string {
  // `debug token: …` need not go on with `token: …`.
  const list = factList(facts);
  if (what === step && list !== '') return list;
  return list === '' ? what : `${what}: ${list}`;
}

function factList(facts: Readonly<Record<string, Fact>>): string {
  return Object.entries(facts)
    .map(([name, fact]) => `${name}=${factText(fact)}`)
    .join(' ');
}

// Quoted whatever it is: the values come from servers, and a space in one must not look like another fact.
function factText(fact: Fact): string {
  if (typeof fact === 'number' || typeof fact === 'boolean') return String(fact);
  return JSON.stringify(plain(typeof fact === 'string' ? fact : fact.join(' '), 4_000));
}
