import { added, histogramIn, observations, quantile } from '@openrelay/telemetry';
import type { Counts, Fields } from './counts';

/** From acceptance to delivery; null while nothing was delivered. */
export type Latency = { p50Ms: number | null; p99Ms: number | null; count: number };

/** Of the messages that were delivered between two instants. */
export function latencyBetween(before: Counts, after: Counts): Latency {
  return latencyOf(added(before.totals, after.totals));
}

export function latencyOf(amounts: Fields): Latency {
  const histogram = histogramIn(amounts, 'accepted_to_delivered_seconds');
  const milliseconds = (share: number) => {
    const seconds = quantile(histogram, share);
    return seconds === null ? null : seconds * 1000;
  };
  return { p50Ms: milliseconds(0.5), p99Ms: milliseconds(0.99), count: observations(histogram) };
}
