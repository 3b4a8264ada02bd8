/** Sessions that are begun anew for one call. */
const RENEWAL_LIMIT = 1;

/** What was tried for one call. */
export class Attempts {
  #renewals = 0;
  #repeats = 0;

  /**
   * Whether the session may be begun anew on its behalf where the server has forgotten it. A call for which that was done
   * hears what the server says.
   */
  get mayBeginAnew(): boolean {
    return this.#renewals < RENEWAL_LIMIT;
  }

  get isFirst(): boolean {
    return this.#repeats === 0;
  }

  /** A session was begun anew for it; false where that was once too often. */
  renew(): boolean {
    this.#renewals += 1;
    return this.#renewals <= RENEWAL_LIMIT;
  }

  /** It is sent once more; how often it was before. */
  repeat(): number {
    this.#repeats += 1;
    return this.#repeats - 1;
  }

  get repeats(): number {
    return this.#repeats;
  }
}
