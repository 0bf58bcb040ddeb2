import type { RedisLink } from '../link/redis-link';
import { lanePrefix, leaseMs } from '../scripts/keys';
import { RawPack } from '../scripts/message-pack';

/** Messages taken out, and queues that were swept to their end. */
export type Swept = { expired: number; queues: number; more: boolean };

/** Takes expired messages out of queues, to give memory back. No device gets an expired message in any case. */
export class QueueSweeper {
  constructor(private readonly link: RedisLink) {}

  /** Sweeps a page of the queues that are due by the expiry index; call again while there is more. @throws RedisUnavailable */
  async sweep(shard: number, pageSize: number): Promise<Swept> {
    return this.expire(shard, new RawPack().array(0), pageSize);
  }

  /** Sweeps the queues of these devices; call again without the first `queues` while there is more. @throws RedisUnavailable */
  async sweepDevices(shard: number, devices: string[]): Promise<Swept> {
    const pack = new RawPack().array(devices.length);
    for (const device of devices) pack.ascii(device);
    return this.expire(shard, pack, 0);
  }

  private async expire(shard: number, devices: RawPack, pageSize: number): Promise<Swept> {
    const lane = lanePrefix(this.link.laneOf(shard));
    const values = { lane, shardNumber: shard, devices: devices.toBuffer(), pageSize, leaseMs };
    const reply = await this.link.run('queue_expire', values);
    const [expired, queues, more] = reply as [number, number, number];
    return { expired, queues, more: more === 1 };
  }
}
