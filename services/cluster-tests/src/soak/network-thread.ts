/** Runs a `NetworkFault` in a thread of its own; see `ThreadedNetwork`. */
import { parentPort, workerData } from 'node:worker_threads';
import { NetworkFault } from '@openrelay/launch';
import type { NetworkAct } from './threaded-network';

async function main(): Promise<void> {
  const network = await NetworkFault.start(workerData as string, { server: 'redis' });
  parentPort?.on('message', (act: NetworkAct) => {
    switch (act.name) {
      case 'delay':
        network.delay(act.ms);
        return;
      case 'loseOneIn':
        network.loseOneIn(act.notices);
        return;
      case 'halfOpen':
        network.halfOpen(act.told);
        return;
      default:
        network[act.name]();
    }
  });
  parentPort?.postMessage(network.url);
}

void main(); // what it rejects with ends the thread, and is its `error` event
