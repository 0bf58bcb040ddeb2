/** A load worker's process: does what the bench calls, and answers under the call's name. */
import type { Calls } from '../load/plan';
import { Pairs } from './pairs';

const pairs: Calls = new Pairs();

process.on('message', ({ name, argument }: { name: keyof Calls; argument: never }) => {
  pairs[name](argument).then(
    (answer) => process.send?.({ name, answer }),
    (error: Error) => process.send?.({ name, failure: error.message }),
  );
});
// Ctrl-C reaches the whole process group; the parent decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
