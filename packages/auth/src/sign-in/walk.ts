/** One step: reads what is known so far and returns what it adds. */
export type WalkStep<State, Added, Context> = (state: State, context: Context) => Promise<Added>;

/** A sequence of steps, each seeing what the earlier ones added. The compiler holds the order. */
export interface Walk<Start, State, Context> {
  step<Added extends object>(step: WalkStep<State, Added, Context>): Walk<Start, State & Added, Context>;
  /** The steps of `next` after those of this walk. */
  followedBy<From extends object, To>(
    next: State extends From ? Walk<From, To, Context> : never,
  ): Walk<Start, State & To, Context>;
  readonly steps: readonly AnyStep<Context>[];
  /** Runs all steps. `seen` is called with the state after each, also when a later one throws. */
  run(start: Start, context: Context, seen?: (state: object) => void): Promise<State>;
}

type AnyStep<Context> = (state: never, context: Context) => Promise<object>;

export function walk<Start extends object, Context>(): Walk<Start, Start, Context> {
  return extend<Start, Start, Context>([]);
}

function extend<Start extends object, State, Context>(
  steps: readonly AnyStep<Context>[],
): Walk<Start, State, Context> {
  return {
    steps,
    step: (step) => extend([...steps, step as AnyStep<Context>]),
    followedBy: (next) => extend([...steps, ...next.steps]),
    async run(start, context, seen) {
      let state: object = start;
      for (const step of steps) {
        state = Object.freeze(Object.assign({}, state, await step(state as never, context)));
        seen?.(state);
      }
      return state as State;
    },
  };
}
