import { type MetricsFlush, type MetricsWriter, RedisUnavailable } from '@openrelay/state';
import { counterField, type LabelOf, type NameOf } from '@openrelay/telemetry';

type Flush = { flush: MetricsFlush; fields: ReadonlyMap<string, number> };

/** Adds what the janitor counts to the sums of the cluster, each time at once: a janitor that dies loses one page of a job. */
export class JanitorMetrics {
  private waiting = new Map<string, number>();
  /** Redis may or may not have counted it: it is sent again as it was, and counts once. */
  private unanswered: Flush | undefined;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly writer: MetricsWriter) {}

  /** Does not fail while Redis is away: the next call sends what it did not take. @throws ReplyError */
  async add<Name extends NameOf<'counter'>>(name: Name, amount: number, ...label: LabelOf<Name>): Promise<void> {
    if (amount === 0) return;
    const field = counterField(name, ...label);
    this.waiting.set(field, (this.waiting.get(field) ?? 0) + amount);
    // One after the other: a flush is known by being the node's last.
    this.sending = this.sending.catch(() => undefined).then(() => this.flush());
    await this.sending;
  }

  private async flush(): Promise<void> {
    try {
      await this.send();
      if (this.waiting.size === 0) return;
      this.unanswered = { flush: this.writer.nextFlush(), fields: this.waiting };
      this.waiting = new Map();
      await this.send();
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
    }
  }

  private async send(): Promise<void> {
    if (!this.unanswered) return;
    await this.writer.add(this.unanswered.flush, this.unanswered.fields);
    this.unanswered = undefined;
  }
}
