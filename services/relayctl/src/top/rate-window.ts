import { type Counts, type Traffic, trafficBetween } from '@openrelay/overview';

/** What was counted lately, out of readings that come each second: nodes add once a second, not all at the same time. */
export class RateWindow {
  private readings: Counts[] = [];

  constructor(private readonly windowMs: number) {}

  /** The rates up to this reading; none after the first. */
  add(reading: Counts): Traffic | undefined {
    this.readings = this.readings.filter(({ atMs }) => reading.atMs - atMs <= this.windowMs);
    const [oldest] = this.readings;
    this.readings.push(reading);
    return oldest === undefined ? undefined : trafficBetween(oldest, reading);
  }
}
