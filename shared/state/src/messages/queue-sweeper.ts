import type { RedisLink } from '../link/redis-link';
import { leaseMs, shardPrefix } from '../scripts/keys';
import { RawPack } from '../scripts/message-pack';

/** Messages taken out, and queues that were looked at to their end. */
export type Swept = { expired: number; queues: number; more: boolean };

/** Takes what has expired out of queues. Nobody is handed an expired message before that: this gives memory back. */
export class QueueSweeper {
  constructor(private readonly link: RedisLink) {}

  /** A page of those queues whose turn it is by the expiry index; the same shard again while there is more. @throws RedisUnavailable */
  async sweep(shard: number, pageSize: number): Promise<Swept> {
    return this.expire(shard, new RawPack().array(0), pageSize);
  }

  /** A call's worth of the given devices' queues; the ones behind the first `queues` again while there is more. @throws RedisUnavailable */
  async sweepDevices(shard: number, devices: string[]): Promise<Swept> {
    const pack = new RawPack().array(devices.length);
    for (const device of devices) pack.ascii(device);
    return this.expire(shard, pack, 0);
  }

  private async expire(shard: number, devices: RawPack, pageSize: number): Promise<Swept> {
    const values = { shard: shardPrefix(shard), devices: devices.toBuffer(), pageSize, leaseMs };
    const reply = await this.link.run('queue_expire', values);
    const [expired, queues, more] = reply as [number, number, number];
    return { expired, queues, more: more === 1 };
  }
}
