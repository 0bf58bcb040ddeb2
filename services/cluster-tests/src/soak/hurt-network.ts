import type { NetworkFault } from '@openrelay/launch';
import type { Range, SeededRandom } from '../fleet';

export type HurtableNetwork = Pick<NetworkFault, 'stall' | 'reset' | 'delay' | 'blackHole' | 'halfOpen' | 'heal'>;

/** Less than an edge waits for an answer, and more. */
const delayMs: Range = [20, 1000];

/** One of all that can go wrong with a network; it is to be healed. */
export function hurtNetwork(network: HurtableNetwork, random: SeededRandom): void {
  const faults = [
    () => network.stall(),
    () => network.reset(),
    () => network.delay(random.magnitude(delayMs)),
    () => network.blackHole(),
    () => network.halfOpen('client'),
    () => network.halfOpen('server'),
  ];
  random.pick(faults)();
}
