import type { NetworkFault } from '@openrelay/launch';
import type { Range, SeededRandom } from './fleet';

/** Less than an edge waits for an answer, and more. */
const delayMs: Range = [20, 1000];

/** One of all that can go wrong with a network; it is to be healed. */
export function hurtNetwork(network: NetworkFault, random: SeededRandom): void {
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
