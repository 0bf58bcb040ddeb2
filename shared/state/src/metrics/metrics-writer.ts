import type { RedisLink } from '../link/redis-link';
import { metricsFlushKey, metricsKey, metricsTotalKey } from '../scripts/keys';
import { packFields } from '../scripts/message-pack';
import { periodName, stepMs } from './periods';

/** @property minute `YYYY-MM-DDTHH:MM` in UTC by Redis's clock */
export type MetricsFlush = { name: string; minute: string };

const minuteLifetimeMs = 48 * stepMs.hour;
const flushLifetimeMs = stepMs.day;

/** Adds what one node has counted to the sums of all nodes. */
export class MetricsWriter {
  private flushes = 0;

  /** @param node no other writer has this name: Redis knows by it which flush was the node's last */
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /** A name for the next flush, and the minute it counts in; both stay when it has to be sent again. */
  nextFlush(): MetricsFlush {
    this.flushes += 1;
    return { name: `${this.node}:${this.flushes}`, minute: periodName('minute', this.link.clock.now()) };
  }

  /**
   * Adds amounts to the totals and to the minute's: whole ones, but for fields that end in `:sum`. The same flush
   * counts once, so after a failure send it again as it was.
   * @throws RedisUnavailable | ReplyError
   */
  async add({ name, minute }: MetricsFlush, fields: ReadonlyMap<string, number>): Promise<void> {
    await this.link.run('metrics_add', {
      totalKey: metricsTotalKey,
      minuteKey: metricsKey('minute', minute),
      flushedKey: metricsFlushKey(this.node),
      flush: name,
      fields: packFields([...fields]),
      minuteLifetimeMs,
      flushedLifetimeMs: flushLifetimeMs,
    });
  }
}
