import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { NetworkSide } from '@openrelay/launch';
import type { HurtableNetwork } from './hurt-network';

export type NetworkAct =
  | { readonly name: 'stall' | 'reset' | 'blackHole' | 'heal' }
  | { readonly name: 'delay'; readonly ms: number }
  | { readonly name: 'loseOneIn'; readonly notices: number }
  | { readonly name: 'halfOpen'; readonly told: NetworkSide };

/** A network that is not held up when the fleet's process is: what it is late with would look like Redis's delay. */
export class ThreadedNetwork implements HurtableNetwork {
  private constructor(
    private readonly worker: Worker,
    /** The server's URL, by way of this network. */
    readonly url: string,
  ) {}

  static async start(targetUrl: string): Promise<ThreadedNetwork> {
    const worker = new Worker(join(__dirname, 'network-thread.js'), { workerData: targetUrl });
    const [url] = (await once(worker, 'message')) as [string];
    return new ThreadedNetwork(worker, url);
  }

  stall(): void {
    this.act({ name: 'stall' });
  }

  reset(): void {
    this.act({ name: 'reset' });
  }

  delay(ms: number): void {
    this.act({ name: 'delay', ms });
  }

  loseOneIn(notices: number): void {
    this.act({ name: 'loseOneIn', notices });
  }

  blackHole(): void {
    this.act({ name: 'blackHole' });
  }

  halfOpen(told: NetworkSide): void {
    this.act({ name: 'halfOpen', told });
  }

  heal(): void {
    this.act({ name: 'heal' });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private act(act: NetworkAct): void {
    this.worker.postMessage(act);
  }
}
