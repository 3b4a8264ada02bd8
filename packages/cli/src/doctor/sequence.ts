import type { Turn } from './conversation.js';
import { escapeHtml } from './html-text.js';
import type { Row } from './row.js';

/* The conversation as a drawing: who is asked stands on top, time goes down, and where it broke is marked. */

const COLUMN = 230;
const LEFT = 110;
const HEAD = 44;
const ROW = 40;
const LEAST = 840;
/** Width of a letter, on the safe side. */
const LETTER = 6.4;

interface Place {
  readonly name: string;
  readonly x: number;
}

export function sequenceDrawing(
  turns: readonly Turn[],
  { server, failure }: { readonly server: string | undefined; readonly failure: Row | undefined },
): string {
  const drawn = turns.filter((turn) => turn.kind !== 'finding');
  const places = placesIn(drawn, server);
  const brokeAfter = failure === undefined ? -1 : lastTurnOf(failure, drawn);
  const lines: string[] = [];
  let y = HEAD + 26;
  for (const [index, turn] of drawn.entries()) {
    lines.push(turn.kind === 'exchange' ? exchange(turn, places, y) : person(turn, places, y));
    y += ROW;
    if (failure === undefined || index !== brokeAfter) continue;
    lines.push(broken(failure, places, y));
    y += ROW;
  }
  const width = Math.max(LEAST, LEFT + COLUMN * (places.size - 1) + 130);
  const label =
    failure === undefined
      ? 'Sequence of the sign-in'
      : `Sequence of the sign-in, which broke at step ${failure.step}`;
  return [
    `<svg role="img" aria-label="${escapeHtml(label)}" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" xmlns="http://www.w3.org/2000/svg">`,
    '<defs>',
    ...['ask', 'ok', 'bad'].map(
      (kind) =>
        `<marker id="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip-${kind}" d="M0 0 8 4 0 8z"/></marker>`,
    ),
    '</defs>',
    ...[...places].map(([, { name, x }]) => head(name, x, y)),
    ...lines,
    '</svg>',
  ].join('\n');
}

/** The turn that the failure came of: the last of its step, or of all where the step asked nobody. */
function lastTurnOf({ id, step }: Row, turns: readonly Turn[]): number {
  const found = turns.findLastIndex((turn) => turn.step === step || turn.step === id);
  return found < 0 ? turns.length - 1 : found;
}

const US = 'mcpass';
const BROWSER = 'browser';

/** mcpass first, the person's browser where there was one, then whoever was asked, in order. */
function placesIn(turns: readonly Turn[], server: string | undefined): ReadonlyMap<string, Place> {
  const origins = new Set(turns.flatMap((turn) => (turn.kind === 'exchange' ? [turn.origin] : [])));
  const names = [US, ...(turns.some(({ kind }) => kind === 'person') ? [BROWSER] : []), ...origins];
  const nameOf = (name: string) =>
    name === US || name === BROWSER
      ? name
      : `${name === server ? 'MCP server' : 'authorization server'}, ${hostOf(name)}`;
  return new Map(names.map((name, index) => [name, { name: nameOf(name), x: LEFT + index * COLUMN }]));
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin;
}

function head(name: string, x: number, bottom: number): string {
  const [role = '', host] = name.split(', ');
  const lines =
    host === undefined
      ? text(x, 26, role, { anchor: 'middle' })
      : `${text(x, 19, role, { anchor: 'middle' })}${text(x, 34, host, { anchor: 'middle', style: 'dim' })}`;
  return `<line class="life" x1="${x}" y1="${HEAD}" x2="${x}" y2="${bottom}"/><rect class="head" x="${x - 100}" y="4" width="200" height="${HEAD - 6}" rx="5"/>${lines}`;
}

function exchange(
  turn: Extract<Turn, { kind: 'exchange' }>,
  places: ReadonlyMap<string, Place>,
  y: number,
): string {
  const from = places.get(US)?.x ?? LEFT;
  const to = places.get(turn.origin)?.x ?? from + COLUMN;
  const bad = !turn.ok;
  const kind = bad ? 'bad' : 'ok';
  const asked = `${turn.method} ${turn.path}`;
  return [
    `<g><title>${escapeHtml(`${turn.step}: ${turn.method} ${turn.origin}${turn.path}: ${turn.came}, ${turn.ms} ms`)}</title>`,
    text(8, y + 4, turn.step, { style: 'dim' }),
    text(from + 8, y - 4, asked, { room: to - from }),
    `<line class="ask" x1="${from}" y1="${y}" x2="${to}" y2="${y}" marker-end="url(#ask)"/>`,
    `<line class="back ${bad ? 'bad' : ''}" x1="${to}" y1="${y + 14}" x2="${from}" y2="${y + 14}" stroke-dasharray="5 3" marker-end="url(#${kind})"/>`,
    text(to + 8, y + 12, `${turn.came}, ${turn.ms} ms`, { style: `came ${bad ? 'bad' : ''}` }),
    '</g>',
  ].join('');
}

function person(
  { text: words, back }: Extract<Turn, { kind: 'person' }>,
  places: ReadonlyMap<string, Place>,
  y: number,
): string {
  const us = places.get(US)?.x ?? LEFT;
  const browser = places.get(BROWSER)?.x ?? us + COLUMN;
  const [from, to] = back ? [browser, us] : [us, browser];
  return `<g><title>${escapeHtml(words)}</title>${text(us + 8, y - 4, words, { room: COLUMN * 2 })}<line class="ask" x1="${from}" y1="${y}" x2="${to}" y2="${y}" marker-end="url(#ask)"/></g>`;
}

function broken({ step, message }: Row, places: ReadonlyMap<string, Place>, y: number): string {
  const x = places.get(US)?.x ?? LEFT;
  const cross = `<path class="break" d="M${x - 6} ${y - 8}l12 12m0-12l-12 12"/>`;
  return `<g><title>${escapeHtml(message)}</title>${text(8, y + 2, step, { style: 'dim' })}${cross}${text(x + 14, y + 2, `broke here: ${message}`, { style: 'why', room: LEAST - LEFT })}</g>`;
}

function text(
  x: number,
  y: number,
  words: string,
  {
    anchor = 'start',
    style = '',
    room = COLUMN,
  }: { anchor?: 'start' | 'middle'; style?: string; room?: number } = {},
): string {
  const letters = Array.from(words);
  const limit = Math.floor(room / LETTER) - 3;
  const shown = letters.length > limit ? `${letters.slice(0, limit).join('')}…` : words;
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" class="${style.trim()}">${escapeHtml(shown)}</text>`;
}
