/** A fleet of devices that keeps the books, and the judge of what they say. */
export { type Attempt, Books, type Delivery, type FleetConnection, type Message, type MessageRecord } from './books';
export { Fleet, type FleetOptions } from './fleet';
export type { DeviceHabits, FleetDevice } from './fleet-device';
export { findOvertakings } from './order-of-delivery';
export { type Range, SeededRandom } from './seeded-random';
export type { TrafficPlan } from './traffic';
export { type Figures, type JudgeOptions, judge, type Verdict } from './verdict';
