import { isJsonObject } from '../json-object.js';
import { Secret } from '../secret.js';

/** Turns a stored JSON value into what the program works with, and back. `decode` throws `CodecError`. */
export interface Codec<T> {
  decode(json: unknown, path: string): T;
  encode(value: T): unknown;
}

/** What is wrong with a stored value, and where. Names members, never their values. */
export class CodecError extends Error {
  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`);
    this.name = 'CodecError';
  }
}

function primitive<T>(expected: string, is: (json: unknown) => json is T): Codec<T> {
  return {
    decode(json, path) {
      if (!is(json)) throw new CodecError(path, expected);
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
  decode: (json, path) => new Secret(text.decode(json, path)),
  encode: (value) => value.reveal(),
};

export function oneOf<const T extends string>(...values: readonly T[]): Codec<T> {
  return primitive(`one of ${values.join(', ')}`, (json): json is T => values.includes(json as T));
}

export function listOf<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    decode(json, path) {
      if (!Array.isArray(json)) throw new CodecError(path, 'a list');
      return json.map((entry, index) => item.decode(entry, `${path}[${index}]`));
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
  return {
    decode(json, path) {
      if (!isJsonObject(json)) throw new CodecError(path, 'an object');
      const decoded: Record<string, unknown> = {};
      const unknown: [name: string, value: unknown][] = [];
      for (const [name, codec] of Object.entries(required)) {
        decoded[name] = codec.decode(json[name], `${path}.${name}`);
      }
      for (const [name, value] of Object.entries(json)) {
        if (Object.hasOwn(required, name)) continue;
        const codec = Object.hasOwn(optional, name) ? optional[name] : undefined;
        if (codec === undefined) unknown.push([name, value]);
        else decoded[name] = codec.decode(value, `${path}.${name}`);
      }
      // Not by assignment: a member may be called `__proto__`.
      if (unknown.length > 0) decoded['extra'] = Object.fromEntries(unknown);
      return decoded as ObjectOf<Required, Optional>;
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
