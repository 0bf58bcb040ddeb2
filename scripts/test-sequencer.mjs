// The order in which Jest starts the test files.
import Sequencer from '@jest/test-sequencer';

/** They compute, and are short: what waits is begun first, so that nothing long is begun last. */
const computes = /\/test(s)?\/(unit|property)\//;
/** Each of them starts two edges and a Redis under traffic: too much for the machine when they all come at once. */
const isHeavy = /\/test\/fault\//;

export default class TestSequencer extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const waiting = sorted.filter(({ path }) => !computes.test(path));
    return [...spread(waiting), ...sorted.filter(({ path }) => computes.test(path))];
  }
}

/** The heavy ones evenly among the others; each kind keeps its order. */
function spread(tests) {
  const [heavy, light] = [true, false].map((wanted) => tests.filter(({ path }) => isHeavy.test(path) === wanted));
  const placed = [heavy, light].flatMap((kind) =>
    kind.map((test, index) => ({ test, at: (index + 0.5) / kind.length })),
  );
  return placed.sort((one, other) => one.at - other.at).map(({ test }) => test);
}
