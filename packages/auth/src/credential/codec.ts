import { isJsonObject } from '../json-object.js';
import { Secret } from '../secret.js';

/**
 * Turns a stored JSON value into what the program works with, and back. `decode` throws `CodecError`. It changes the value
 * that it is given, which belongs to it from then on: of thousands of records each would be copied three times.
 */
export interface Codec<T> {
  decode(json: unknown): T;
  encode(value: T): unknown;
}

/** What is wrong with a stored value, and where. Names members, never their values. */
export class CodecError extends Error {
  readonly #path: string;
  readonly #expected: string;

  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`);
    this.name = 'CodecError';
    this.#path = path;
    this.#expected = expected;
  }

  /** The same, where the value is a part of another one. Of thousands of records no path is made but that of an error. */
  within(step: string): CodecError {
    return new CodecError(`${step}${this.#path}`, this.#expected);
  }
}

function placed(thrown: unknown, step: string): unknown {
  return thrown instanceof CodecError ? thrown.within(step) : thrown;
}

function primitive<T>(expected: string, is: (json: unknown) => json is T): Codec<T> {
  return {
    decode(json) {
      if (!is(json)) throw new CodecError('', expected);
      return json;
    },
    encode: (value) => value,
  };
}

export const text: Codec<string> = primitive('a string', (json) => typeof json === 'string');
export const whole: Codec<number> = primitive('a whole number', (json): json is number =>
  Number.isSafeInteger(json),
);
export const yesNo: Codec<boolean> = primitive('true or false', (json) => typeof json === 'boolean');

export const secret: Codec<Secret> = {
  decode: (json) => new Secret(text.decode(json)),
  encode: (value) => value.reveal(),
};

export function oneOf<const T extends string>(...values: readonly T[]): Codec<T> {
  return primitive(`one of ${values.join(', ')}`, (json): json is T => values.includes(json as T));
}

export function listOf<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    decode(json) {
      if (!Array.isArray(json)) throw new CodecError('', 'a list');
      const list: unknown[] = json;
      let at = 0;
      try {
        for (; at < list.length; at += 1) list[at] = item.decode(list[at]);
      } catch (thrown) {
        throw placed(thrown, `[${at}]`);
      }
      return list as T[];
    },
    encode: (values) => values.map((value) => item.encode(value)),
  };
}

type Members = Readonly<Record<string, Codec<unknown>>>;
type Decoded<M extends Members> = { readonly [K in keyof M]: M[K] extends Codec<infer T> ? T : never };

/** Members that a newer mcpass wrote into this object; they are written back as they were. */
export interface Extensible {
  readonly extra?: Readonly<Record<string, unknown>>;
}

export type ObjectOf<Required extends Members, Optional extends Members> = Decoded<Required> &
  Partial<Decoded<Optional>> &
  Extensible;

/** An object with these members; members that it does not know survive in `extra`. */
export function objectOf<Required extends Members, Optional extends Members>(
  required: Required,
  optional: Optional,
): Codec<ObjectOf<Required, Optional>> {
  const requiredNames = Object.keys(required);
  return {
    decode(json) {
      if (!isJsonObject(json)) throw new CodecError('', 'an object');
      const unknown: string[] = [];
      let at = '';
      try {
        for (at of requiredNames) decodeMember(json, at, required[at]);
        for (at of Object.keys(json)) {
          if (Object.hasOwn(required, at)) continue;
          if (Object.hasOwn(optional, at)) decodeMember(json, at, optional[at]);
          else unknown.push(at);
        }
      } catch (thrown) {
        throw placed(thrown, `.${at}`);
      }
      return (unknown.length === 0 ? json : apart(json, unknown)) as ObjectOf<Required, Optional>;
    },
    encode(value) {
      const members = value as Readonly<Record<string, unknown>>;
      const json: Record<string, unknown> = { ...value.extra };
      for (const [name, codec] of [...Object.entries(required), ...Object.entries(optional)]) {
        const member = members[name];
        if (member !== undefined) json[name] = codec.encode(member);
      }
      return json;
    },
  };
}

function decodeMember(
  object: Record<string, unknown>,
  name: string,
  codec: Codec<unknown> | undefined,
): void {
  const value = object[name];
  const member = codec?.decode(value);
  if (member !== value) object[name] = member;
}

/** An object whose unknown members are in `extra`. Not by assignment: a member may be called `__proto__`. */
function apart(members: Readonly<Record<string, unknown>>, unknown: readonly string[]): object {
  const entries = Object.entries(members);
  const isUnknown = ([name]: readonly [string, unknown]) => unknown.includes(name);
  return {
    ...Object.fromEntries(entries.filter((entry) => !isUnknown(entry))),
    extra: Object.fromEntries(entries.filter(isUnknown)),
  };
}
