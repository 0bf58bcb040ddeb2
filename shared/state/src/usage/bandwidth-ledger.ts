import type { RedisLink } from '../link/redis-link';
import { bandwidthFlushKey, bandwidthKey } from '../scripts/keys';

const dayMs = 24 * 3600 * 1000;
const monthLifetimeMs = 400 * dayMs;
const flushedLifetimeMs = dayMs;

/** Adds what one node carried to the month's bytes of all nodes. */
export class BandwidthLedger {
  private flushes = 0;

  /** @param node no other writer has this name: Redis knows by it which flush was the node's last */
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /** A new name for a flush; the same flush may be sent again under it and counts once. */
  nextFlush(): string {
    this.flushes += 1;
    return `${this.node}:${this.flushes}`;
  }

  /** `YYYY-MM` (UTC) by Redis's clock. */
  currentMonth(): string {
    return new Date(this.link.clock.now()).toISOString().slice(0, 7);
  }

  /** Adds bytes to a month and answers its total in bytes. @throws RedisUnavailable | ReplyError */
  async add(month: string, flush: string, bytes: number): Promise<number> {
    const askedAtMs = this.link.clock.monotonicMs();
    const [monthKey, flushedKey] = [bandwidthKey(month), bandwidthFlushKey(this.node)];
    const values = { monthKey, flushedKey, flush, bytes, monthLifetimeMs, flushedLifetimeMs };
    const [total, nowMs] = (await this.link.run('bandwidth_add', values)) as [number, number];
    this.link.clock.observe(nowMs, askedAtMs);
    return total;
  }
}
