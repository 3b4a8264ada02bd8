/**
 * A value that must not be seen. It prints `[secret]` in strings, in JSON and in an inspector; only `reveal()` gives
 * the text, so that a search for `reveal(` finds every place where a secret leaves its wrapper.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  /** True when both hold the same text. Not constant in time: for comparing what we hold with what we hold. */
  equals(other: Secret | undefined): boolean {
    return other !== undefined && other.#text === this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }
}

// What Node's inspector calls; a registered symbol, so nothing of Node is imported.
Object.defineProperty(Secret.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value: () => '[secret]',
});
