import { type DeviceKey, limitWindowMs } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { lanePrefix } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';

export type Charge = { shard: number; device: DeviceKey; points: number };

export type Charged = { status: 'passed' } | { status: 'refused'; limit: 'requests' | 'points'; retryAfterMs: number };

/** What one device may do in a window; 0 switches a limit off. */
export type Allowance = { requestsPerMinute: number; pointsPerMinute: number };

const passed: Charged = { status: 'passed' };

function readVerdict(verdict: number): Charged {
  if (verdict === 0) return passed;
  return { status: 'refused', limit: verdict > 0 ? 'requests' : 'points', retryAfterMs: Math.abs(verdict) };
}

/** Requests and points per device and minute, the same across reconnects and nodes. */
export class Limiter {
  constructor(
    private readonly link: RedisLink,
    private readonly allowance: Allowance,
  ) {}

  /** Charges a batch of one lane in order. @throws RedisUnavailable | ReplyError */
  async charge(lane: number, charges: Charge[]): Promise<Charged[]> {
    const pack = new RawPack().array(3 * charges.length);
    for (const { shard, device, points } of charges) pack.ascii(String(shard)).ascii(device).number(points);
    const { requestsPerMinute, pointsPerMinute } = this.allowance;
    const reply = await this.link.run('sender_charge', {
      lane: lanePrefix(lane),
      charges: pack.toBuffer(),
      maxRequests: requestsPerMinute,
      maxPoints: pointsPerMinute,
      limitWindowMs,
    });
    return (unpackr.unpack(reply as Buffer) as number[]).map(readVerdict);
  }
}
