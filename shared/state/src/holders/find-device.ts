import { deviceKeyOf } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { shardOf, shardPrefix } from '../scripts/keys';

/** What may be known of a device. `offline`: it is connected and wants no messages (`Status: Offline`). */
export type FoundDevice = {
  registered: 'yes' | 'offline' | 'no';
  queued: number;
  queuedBytes: number;
  /** By Redis's clock; none when nothing is queued. */
  oldestQueuedAtMs?: number;
};

/** One device, for operators: never what is sent to it. @throws RedisUnavailable | ReplyError */
export async function findDevice(link: RedisLink, hardwareId: string, shards: number): Promise<FoundDevice> {
  const device = deviceKeyOf(hardwareId);
  const reply = await link.run('device_lookup', { shard: shardPrefix(shardOf(device, shards)), id: device });
  const [status, queued, queuedBytes, oldestQueuedAtMs] = reply as [Buffer, number, number, number];
  const registered = String(status) as FoundDevice['registered'];
  return { registered, queued, queuedBytes, ...(queued > 0 && { oldestQueuedAtMs }) };
}
