import { parseJsonObject } from '../json-object.js';

/** A JSON object that another party sent. `null` members are absent (RFC 8414 section 2 has no nulls). */
export class JsonDocument {
  readonly #members: Readonly<Record<string, unknown>>;
  /** Members that were there but of the wrong type, and were ignored. */
  readonly ignored: string[] = [];

  private constructor(members: Readonly<Record<string, unknown>>) {
    this.#members = members;
  }

  /** `undefined` for anything but a JSON object: HTML, an empty body, a list. */
  static parse(text: string): JsonDocument | undefined {
    const members = parseJsonObject(text);
    return members && new JsonDocument(members);
  }

  static of(members: Readonly<Record<string, unknown>>): JsonDocument {
    return new JsonDocument(members);
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? (this.#members[name] ?? undefined) : undefined;
  }

  /** A non-empty string. */
  text(name: string): string | undefined {
    return this.#typed(name, (value) => typeof value === 'string' && value !== '') as string | undefined;
  }

  yes(name: string): boolean {
    return this.#typed(name, (value) => typeof value === 'boolean') === true;
  }

  texts(name: string): readonly string[] | undefined {
    const list = this.#typed(
      name,
      (value) => Array.isArray(value) && value.every((entry) => typeof entry === 'string'),
    );
    return list as readonly string[] | undefined;
  }

  #typed(name: string, is: (value: unknown) => boolean): unknown {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (is(value)) return value;
    this.ignored.push(name);
    return undefined;
  }
}
