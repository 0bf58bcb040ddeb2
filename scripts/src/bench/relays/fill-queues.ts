/** Fills queues as edges do, through the relay's own scripts. */
import { randomBytes, randomUUID } from 'node:crypto';
import { type DeviceKey, deviceKeyOf, Sealed } from '@openrelay/protocol';
import { type Acceptance, digestOf, MessageQueue, type RedisLink, shardOf } from '@openrelay/state';
import { shards } from './node-link';

const batchMessages = 70;
const sender = deviceKeyOf('A'.repeat(64));
const smallFrame = JSON.stringify({ type: 'Receive', payload: { encrypted_data: 'x'.repeat(64) } });

/** `frame`: of every message; absent: a small one. */
export type Filling = Pick<Acceptance, 'ttlMs'> & {
  devices: readonly DeviceKey[];
  perDevice: number;
  frame?: string;
};

export function freshDevices(count: number): DeviceKey[] {
  return Array.from({ length: count }, () => deviceKeyOf(randomBytes(32).toString('hex')));
}

/** @param node in whose name it does it */
export function queueOf(link: RedisLink, node: string): MessageQueue {
  return new MessageQueue(link, node, { maxMessages: 1_000_000, maxBytes: 2 ** 40, minReplicas: 0 });
}

/** Answers how many messages were stored. */
export async function fillQueues(
  link: RedisLink,
  filling: Filling,
  stopping: AbortSignal,
  node = 'bench',
): Promise<number> {
  const queue = queueOf(link, node);
  const byShard = Array.from({ length: shards }, (): DeviceKey[] => []);
  for (const device of filling.devices) byShard[shardOf(device, shards)]!.push(device);
  const stored = byShard.map((devices, shard) => {
    const lane = link.laneOf(shard);
    return fillShard(queue, { lane, shard }, { ...filling, devices }, stopping);
  });
  return (await Promise.all(stored)).reduce((total, count) => total + count, 0);
}

async function fillShard(
  queue: MessageQueue,
  { lane, shard }: { lane: number; shard: number },
  filling: Filling,
  stopping: AbortSignal,
): Promise<number> {
  const { devices, perDevice } = filling;
  const batchDevices = Math.ceil(batchMessages / perDevice);
  let stored = 0;
  for (let first = 0; first < devices.length; first += batchDevices) {
    stopping.throwIfAborted();
    const each = devices.slice(first, first + batchDevices);
    const accepted = await queue.accept(
      lane,
      each.flatMap((device) => Array.from({ length: perDevice }, () => messageTo(shard, device, filling))),
    );
    stored += accepted.filter((verdict) => 'seq' in verdict).length;
  }
  return stored;
}

function messageTo(shard: number, recipient: DeviceKey, { ttlMs, frame = smallFrame }: Filling): Acceptance {
  const id = randomUUID();
  const digest = digestOf(recipient, sender, id);
  const envelope = { digest, sender, id, ackable: true, sealed: new Sealed('json', frame) };
  return { shard, recipient, ttlMs, senderIsKnown: true, envelope };
}
