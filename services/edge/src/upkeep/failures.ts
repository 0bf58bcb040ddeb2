import { failureOf } from '@openrelay/service';
import { RedisUnavailable } from '@openrelay/state';
import type { Log, Metrics } from '@openrelay/telemetry';

const silenceMs = 60_000;
const maxPlaces = 64;

/** Unexpected errors: all are counted, and each place in the code is logged once a minute at the most. */
export class Failures {
  private readonly loggedAtMs = new Map<string, number>();

  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
    private readonly monotonicMs: () => number,
  ) {}

  note(thrown: unknown): void {
    if (thrown instanceof RedisUnavailable) return; // logged once, when Redis goes away
    this.metrics.count('failures');
    const { error, at } = failureOf(thrown);
    const nowMs = this.monotonicMs();
    if (nowMs - (this.loggedAtMs.get(at) ?? Number.NEGATIVE_INFINITY) < silenceMs) return;
    if (this.loggedAtMs.size >= maxPlaces) this.loggedAtMs.clear();
    this.loggedAtMs.set(at, nowMs);
    this.log.error('process.unexpected', { error: `${error} at ${at}` });
  }
}
