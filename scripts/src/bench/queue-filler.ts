/** Fills queues as edges do, through the relay's own scripts. */
import { randomBytes } from 'node:crypto';
import { type DeviceKey, deviceKeyOf, Sealed } from '@openrelay/protocol';
import { type Acceptance, MessageQueue, type RedisLink, shardOf } from '@openrelay/state';

const batchMessages = 64;
const sender = deviceKeyOf('A'.repeat(64));
const frame = JSON.stringify({ type: 'Receive', payload: { encrypted_data: 'x'.repeat(64) } });

export type Filling = { devices: readonly DeviceKey[]; perDevice: number; ttlMs: number };

export function freshDevices(count: number): DeviceKey[] {
  return Array.from({ length: count }, () => deviceKeyOf(randomBytes(32).toString('hex')));
}

export class QueueFiller {
  private readonly queue: MessageQueue;

  constructor(
    link: RedisLink,
    private readonly shards: number,
  ) {
    this.queue = new MessageQueue(link, 'bench', { maxMessages: 1_000_000, maxBytes: 2 ** 40, minReplicas: 0 });
  }

  async fill({ devices, perDevice, ttlMs }: Filling, signal: AbortSignal): Promise<void> {
    const byShard = Array.from({ length: this.shards }, (): DeviceKey[] => []);
    for (const device of devices) byShard[shardOf(device, this.shards)]!.push(device);
    await Promise.all(byShard.map((ofShard, shard) => this.fillShard(shard, ofShard, perDevice, ttlMs, signal)));
  }

  private async fillShard(
    shard: number,
    devices: readonly DeviceKey[],
    perDevice: number,
    ttlMs: number,
    signal: AbortSignal,
  ) {
    let batch: Acceptance[] = [];
    for (const device of devices) {
      for (let i = 0; i < perDevice; i += 1) batch.push(messageTo(device, ttlMs));
      if (batch.length < batchMessages) continue;
      signal.throwIfAborted();
      await this.accept(shard, batch);
      batch = [];
    }
    await this.accept(shard, batch);
  }

  private async accept(shard: number, batch: Acceptance[]): Promise<void> {
    if (batch.length > 0) await this.queue.accept(shard, batch);
  }
}

function messageTo(recipient: DeviceKey, ttlMs: number): Acceptance {
  const envelope = {
    sender,
    id: randomBytes(8).toString('hex'),
    ackable: true,
    sealed: new Sealed('json', frame),
  };
  return { recipient, ttlMs, repeatable: false, envelope };
}
