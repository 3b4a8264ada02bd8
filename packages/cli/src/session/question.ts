import type { Interface } from 'node:readline/promises';
import { isJsonObject, type JsonObject, plain, quote } from '@mcpass/auth';
import type { Answer, AnswerContent, Ask, Question } from '@mcpass/mcp';
import { choicesOf, presetOf } from '@mcpass/mcp/parts';
import type { Deps } from '../deps.js';
import type { Io } from '../terminal/io.js';
import { textOf, textsOf } from '../json-value.js';
import { agrees, askInLines, askLine } from '../terminal/yes-or-no.js';
import { typeText } from './schema-text.js';

type Value = AnswerContent[string];

const ATTEMPTS = 5;
/** Typed instead of a value. */
const BACK = '<';
/** Times that a form may be gone through, back and forth. */
const TURNS = 20;

/** Puts a server's questions (MCP "elicitation") to the person at the terminal. */
export function askPerson({ io }: Deps): Ask {
  return (question, signal) => askInLines(io, (terminal) => putQuestion(question, signal, io, terminal));
}

// Who has answered nothing has not said no (MCP elicitation, "response actions").
const ACTIONS = { true: 'accept', false: 'decline', undefined: 'cancel' } as const;

async function putQuestion(
  question: Question,
  signal: AbortSignal,
  io: Io,
  terminal: Interface,
): Promise<Answer> {
  const say = (line: string) => io.complain(line);
  say('');
  say(`The server asks: ${quote(question.message, 2_000)}`);
  if (question.mode === 'url') {
    // The session has judged it: only what is fit to be opened gets here.
    say('It wants you to open this address, and to do there what it says:');
    say(new URL(question.url).href);
    return { action: ACTIONS[`${await agrees(terminal, 'Done?', signal)}`] };
  }
  const action = ACTIONS[`${await agrees(terminal, 'Answer?', signal)}`];
  if (action !== 'accept') return { action };
  return fillForm(question.schema, terminal, signal, say);
}

async function fillForm(
  schema: JsonObject,
  terminal: Interface,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Answer> {
  const required = textsOf(schema['required']);
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const fields = Object.entries(properties).flatMap(([name, field]) =>
    isJsonObject(field) ? [{ name, field }] : [],
  );
  if (fields.length > 1) say(`  (${BACK} goes back one field)`);
  const content = new Map<string, Value>();
  let turns = 0;
  for (let at = 0; at < fields.length; turns += 1) {
    const current = fields[at];
    if (current === undefined || turns > fields.length * TURNS) return { action: 'cancel' };
    const { name, field } = current;
    const value = await askField(name, field, required.includes(name), { terminal, signal, say });
    if (value === 'none left') return { action: 'cancel' };
    if (value === 'back') {
      at = Math.max(0, at - 1);
      continue;
    }
    if (value.given === undefined) content.delete(name);
    else content.set(name, value.given);
    at += 1;
  }
  return { action: 'accept', content: Object.fromEntries(content) };
}

interface Conversation {
  readonly terminal: Interface;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

async function askField(
  name: string,
  field: JsonObject,
  required: boolean,
  { terminal, signal, say }: Conversation,
): Promise<{ readonly given?: Value } | 'none left' | 'back'> {
  const preset = presetOf(field);
  const title = plain(textOf(field['title']) ?? name, 80);
  const description = textOf(field['description']);
  if (description !== undefined) say(`  ${plain(description, 300)}`);
  const hint = preset === undefined ? '' : ` (${plain(JSON.stringify(preset), 80)})`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const typed = await askLine(
      terminal,
      `  ${title}${required ? '*' : ''} [${fieldType(field)}]${hint}: `,
      signal,
    );
    if (typed === undefined) return 'none left';
    if (typed.trim() === BACK) return 'back';
    if (typed === '' && preset !== undefined) return { given: preset };
    if (typed === '' && !required) return {};
    const value = parseField(typed, field);
    if (value !== undefined) return { given: value };
    say(`  That is not ${fieldType(field)}.`);
  }
  return 'none left';
}

function fieldType(field: JsonObject): string {
  const choices = choicesOf(field);
  if (choices.length === 0) return typeText(field);
  const list = plain(choices.join('|'), 200);
  return field['type'] === 'array' ? `some of ${list}, with commas` : list;
}

function parseField(typed: string, field: JsonObject): Value | undefined {
  const text = typed.trim();
  const choices = choicesOf(field);
  switch (field['type']) {
    case 'boolean':
      return /^(?:y|yes|true)$/i.test(text) ? true : /^(?:n|no|false)$/i.test(text) ? false : undefined;
    case 'integer':
      return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
    case 'number':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'array': {
      const words = text.split(',').map((word) => word.trim());
      return words.every((word) => choices.includes(word)) ? words : undefined;
    }
    default:
      if (choices.length > 0) return choices.includes(text) ? text : undefined;
      return typed === '' ? undefined : typed;
  }
}
