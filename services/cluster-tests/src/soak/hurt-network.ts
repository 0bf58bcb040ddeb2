import type { NetworkFault } from '@openrelay/launch';
import type { Range, SeededRandom } from '../fleet';

export type HurtableNetwork = Pick<
  NetworkFault,
  'stall' | 'reset' | 'delay' | 'loseOneIn' | 'blackHole' | 'halfOpen' | 'heal'
>;

/** Less than an edge waits for an answer, and more. */
const delayMs: Range = [20, 1000];
/** Of so many messages that Redis publishes one is lost. */
const oneIn: Range = [2, 50];

/** One of all that can go wrong with a network; it is to be healed. */
export function hurtNetwork(network: HurtableNetwork, random: SeededRandom): void {
  const faults = [
    () => network.stall(),
    () => network.reset(),
    () => network.delay(random.magnitude(delayMs)),
    () => network.loseOneIn(random.magnitude(oneIn)),
    () => network.blackHole(),
    () => network.halfOpen('client'),
    () => network.halfOpen('server'),
  ];
  random.pick(faults)();
}
