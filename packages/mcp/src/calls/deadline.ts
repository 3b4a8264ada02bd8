/** When something is given up, in milliseconds of `performance.now()`. Looked at now and then, not a timer of its own. */
export class Deadline {
  readonly beganMs: number = performance.now();
  readonly #lengthMs: number;
  readonly #totalMs: number;
  #latestMs: number;
  #atMs: number;

  /** `lengthMs` is what {@link extend} gives anew; `totalMs` after the beginning nothing prolongs it. */
  constructor(lengthMs: number, totalMs: number = Infinity) {
    this.#lengthMs = lengthMs;
    this.#totalMs = totalMs;
    this.#latestMs = this.beganMs + totalMs;
    this.#atMs = this.beganMs + Math.min(lengthMs, totalMs);
  }

  /** Something happened: the time begins anew. */
  extend(): void {
    this.moveTo(performance.now() + this.#lengthMs);
  }

  /** To an earlier one of its own moments: what happened since was no progress. */
  moveTo(atMs: number): void {
    if (Number.isFinite(this.#atMs)) this.#atMs = Math.min(atMs, this.#latestMs);
  }

  /** Time stood still for so long. */
  postpone(ms: number): void {
    this.#atMs += ms;
    this.#latestMs += ms;
  }

  /** It lasts as long as whoever asked for it. */
  never(): void {
    this.#atMs = Infinity;
  }

  get atMs(): number {
    return this.#atMs;
  }

  /** Seconds that were given, for a message. */
  get seconds(): number {
    return (this.#atMs >= this.#latestMs ? this.#totalMs : this.#lengthMs) / 1000;
  }
}
