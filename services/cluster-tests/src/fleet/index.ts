/** A fleet of devices that keeps the books, and the judge of what they say. */
export { Absences } from './absences';
export { type Attempt, Books, type FleetConnection } from './books';
export { Fleet, type FleetOptions, patienceMs } from './fleet';
export { type Encoding, type Frame, readFrame, subprotocols, writeFrame } from './frame-codec';
export { isAnswered, kindOf, type Message } from './message';
export { RunningVerdict } from './running-verdict';
export { type Range, SeededRandom } from './seeded-random';
export { judge, type Verdict } from './verdict';
