import { failureOf } from '@openrelay/service';
import { RedisUnavailable } from '@openrelay/state';
import type { Log, Metrics } from '@openrelay/telemetry';

const silenceMs = 60_000;
const maxPlaces = 64;

/** What failed though nobody expected it: each is counted; the log tells of each place in the code once a minute. */
export class Failures {
  private readonly loggedAtMs = new Map<string, number>();

  /** @param monotonicMs a clock that only goes forward, in ms */
  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
    private readonly monotonicMs: () => number,
  ) {}

  note(thrown: unknown): void {
    if (thrown instanceof RedisUnavailable) return; // told once, when it goes
    this.metrics.count('failures');
    const { error, at } = failureOf(thrown);
    const nowMs = this.monotonicMs();
    if (nowMs - (this.loggedAtMs.get(at) ?? Number.NEGATIVE_INFINITY) < silenceMs) return;
    if (this.loggedAtMs.size >= maxPlaces) this.loggedAtMs.clear();
    this.loggedAtMs.set(at, nowMs);
    this.log.error('process.unexpected', { error: `${error} at ${at}` });
  }
}
