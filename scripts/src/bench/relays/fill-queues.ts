/** Fills queues as edges do, through the relay's own scripts. */
import { randomBytes } from 'node:crypto';
import { type DeviceKey, deviceKeyOf, Sealed } from '@openrelay/protocol';
import { type Acceptance, digestOf, MessageQueue, type RedisLink, shardOf } from '@openrelay/state';

export const shards = 16;
const batchDevices = 7;
const sender = deviceKeyOf('A'.repeat(64));
const frame = JSON.stringify({ type: 'Receive', payload: { encrypted_data: 'x'.repeat(64) } });

export type Filling = { devices: readonly DeviceKey[]; perDevice: number; ttlMs: number };

export function freshDevices(count: number): DeviceKey[] {
  return Array.from({ length: count }, () => deviceKeyOf(randomBytes(32).toString('hex')));
}

export async function fillQueues(link: RedisLink, filling: Filling, stopping: AbortSignal): Promise<void> {
  const queue = new MessageQueue(link, 'bench', { maxMessages: 1_000_000, maxBytes: 2 ** 40, minReplicas: 0 });
  const byShard = Array.from({ length: shards }, (): DeviceKey[] => []);
  for (const device of filling.devices) byShard[shardOf(device, shards)]!.push(device);
  await Promise.all(
    byShard.map((devices, shard) => {
      const lane = link.laneOf(shard);
      return fillShard(queue, { lane, shard }, { ...filling, devices }, stopping);
    }),
  );
}

async function fillShard(
  queue: MessageQueue,
  { lane, shard }: { lane: number; shard: number },
  filling: Filling,
  stopping: AbortSignal,
): Promise<void> {
  const { devices, perDevice, ttlMs } = filling;
  for (let first = 0; first < devices.length; first += batchDevices) {
    stopping.throwIfAborted();
    const each = devices.slice(first, first + batchDevices);
    await queue.accept(
      lane,
      each.flatMap((device) => Array.from({ length: perDevice }, () => messageTo(shard, device, ttlMs))),
    );
  }
}

function messageTo(shard: number, recipient: DeviceKey, ttlMs: number): Acceptance {
  const id = randomBytes(8).toString('hex');
  const digest = digestOf(recipient, sender, id);
  const envelope = { digest, sender, id, ackable: false, sealed: new Sealed('json', frame) };
  return { shard, recipient, ttlMs, senderIsKnown: true, envelope };
}
