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

export async function fillQueues(
  link: RedisLink,
  shards: number,
  filling: Filling,
  stopping: AbortSignal,
): Promise<void> {
  const queue = new MessageQueue(link, 'bench', { maxMessages: 1_000_000, maxBytes: 2 ** 40, minReplicas: 0 });
  const byShard = Array.from({ length: shards }, (): DeviceKey[] => []);
  for (const device of filling.devices) byShard[shardOf(device, shards)]!.push(device);
  await Promise.all(byShard.map((devices, shard) => fillShard(queue, shard, { ...filling, devices }, stopping)));
}

async function fillShard(queue: MessageQueue, shard: number, filling: Filling, stopping: AbortSignal): Promise<void> {
  const { devices, perDevice, ttlMs } = filling;
  let batch: Acceptance[] = [];
  for (const [index, device] of devices.entries()) {
    for (let message = 0; message < perDevice; message += 1) batch.push(messageTo(device, ttlMs));
    if (batch.length < batchMessages && index < devices.length - 1) continue;
    stopping.throwIfAborted();
    await queue.accept(shard, batch);
    batch = [];
  }
}

function messageTo(recipient: DeviceKey, ttlMs: number): Acceptance {
  const sealed = new Sealed('json', frame);
  const envelope = { sender, id: randomBytes(8).toString('hex'), ackable: true, sealed };
  return { recipient, ttlMs, repeatable: false, envelope };
}
