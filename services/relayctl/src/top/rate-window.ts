import { type Counts, type Latency, latencyBetween, type Rates, ratesBetween } from '@openrelay/overview';

/** What was counted lately, out of readings that come each second: nodes add once a second, not all at the same time. */
export class RateWindow {
  private readings: Counts[] = [];

  constructor(private readonly windowMs: number) {}

  /** The rates up to this reading; none after the first. */
  add(reading: Counts): { rates: Rates; latency: Latency } | undefined {
    this.readings = this.readings.filter(({ atMs }) => reading.atMs - atMs <= this.windowMs);
    const [oldest] = this.readings;
    this.readings.push(reading);
    if (oldest === undefined) return undefined;
    return { rates: ratesBetween(oldest, reading), latency: latencyBetween(oldest, reading) };
  }
}
