// Preloaded into a process under test, see `wrongClock`. Timers and `performance.now()` are right, as on a machine whose date is wrong.
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
const { timeOrigin } = performance;
Object.defineProperty(performance, 'timeOrigin', { get: () => timeOrigin + shiftMs });
