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

  async fill(filling: Filling, signal: AbortSignal): Promise<void> {
    const byShard = Array.from({ length: this.shards }, (): DeviceKey[] => []);
    for (const device of filling.devices) byShard[shardOf(device, this.shards)]!.push(device);
    await Promise.all(byShard.map((devices, shard) => this.fillShard(shard, { ...filling, devices }, signal)));
  }

  private async fillShard(shard: number, { devices, perDevice, ttlMs }: Filling, signal: AbortSignal): Promise<void> {
    let batch: Acceptance[] = [];
    for (const [index, device] of devices.entries()) {
      for (let message = 0; message < perDevice; message += 1) batch.push(messageTo(device, ttlMs));
      if (batch.length < batchMessages && index < devices.length - 1) continue;
      signal.throwIfAborted();
      await this.queue.accept(shard, batch);
      batch = [];
    }
  }
}

function messageTo(recipient: DeviceKey, ttlMs: number): Acceptance {
  const sealed = new Sealed('json', frame);
  const envelope = { sender, id: randomBytes(8).toString('hex'), ackable: true, sealed };
  return { recipient, ttlMs, repeatable: false, envelope };
}
