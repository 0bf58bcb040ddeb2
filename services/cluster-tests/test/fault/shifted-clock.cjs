// Preloaded into a process under test (NODE_OPTIONS=--require): its wall clock goes wrong by CLOCK_SHIFT_MS. Timers and
// `performance.now()` do not, as on a machine whose date is wrong.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
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
