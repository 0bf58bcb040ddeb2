// Preloaded into a janitor under test (NODE_OPTIONS=--require): its wall clock is wrong by CLOCK_SHIFT_MS until SIGUSR2 sets
// it right. Timers and `performance.now()` go on as ever, as on a machine whose date is corrected.
let shiftMs = Number(process.env.CLOCK_SHIFT_MS);
process.on('SIGUSR2', () => {
  shiftMs = 0;
});
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shiftMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
