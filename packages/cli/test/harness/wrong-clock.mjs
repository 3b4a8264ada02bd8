// Loaded before the command (`NODE_OPTIONS=--import …`): a machine whose clock is wrong by CLOCK_OFFSET_MS.
const offsetMs = Number(process.env['CLOCK_OFFSET_MS']);
const RealDate = globalThis.Date;

globalThis.Date = class extends RealDate {
  /** @param {unknown[]} parts */
  constructor(...parts) {
    // @ts-expect-error -- whatever a Date takes
    if (parts.length > 0) super(...parts);
    else super(RealDate.now() + offsetMs);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};
