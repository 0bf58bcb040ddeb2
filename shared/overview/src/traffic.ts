import { added, counterField, histogramIn, observations, parseField, quantile } from '@openrelay/telemetry';
import type { Latency, Rates } from './shapes';

/** Amounts by field (KEYS.md of shared/state, `or:{metrics}:…`). */
export type Fields = ReadonlyMap<string, number>;

/** What the cluster has counted so far, at one instant by Redis's clock. */
export type Counts = { atMs: number; totals: Fields };

/** How much goes through the cluster, and how fast. */
export type Traffic = { rates: Rates; latency: Latency };

/** What was counted between two instants; what fell, because Redis lost it, counts nothing. All zero when no time has passed. */
export function trafficBetween(before: Counts, after: Counts): Traffic {
  return trafficOf(added(before.totals, after.totals), after.atMs - before.atMs);
}

/** @param overMs the time in which the amounts were counted */
export function trafficOf(amounts: Fields, overMs: number): Traffic {
  return { rates: ratesOf(amounts, overMs), latency: latencyOf(amounts) };
}

function ratesOf(amounts: Fields, overMs: number): Rates {
  const perSecond = (amount: number) => (overMs > 0 ? (amount * 1000) / overMs : 0);
  const rateOf = (field: string) => perSecond(amounts.get(field) ?? 0);
  return {
    overMs: Math.max(0, overMs),
    accepted: rateOf(counterField('messages_accepted')),
    deliveredLive: rateOf(counterField('messages_delivered_live')),
    queued: rateOf(counterField('messages_queued')),
    acked: rateOf(counterField('messages_acked')),
    expired: rateOf(counterField('messages_expired')),
    registrations: rateOf(counterField('registrations')),
    bytesIn: rateOf(counterField('payload_bytes', 'in')),
    bytesOut: rateOf(counterField('payload_bytes', 'out')),
    refused: Object.fromEntries(refusals(amounts).map(([code, amount]) => [code, perSecond(amount)])),
  };
}

function refusals(amounts: Fields): [code: string, amount: number][] {
  return [...amounts].flatMap(([field, amount]) => {
    const parsed = parseField(field);
    return parsed?.metric === 'refused' && amount > 0 ? [[parsed.label, amount] as [string, number]] : [];
  });
}

function latencyOf(amounts: Fields): Latency {
  const histogram = histogramIn(amounts, 'accepted_to_delivered_seconds');
  const milliseconds = (share: number) => {
    const seconds = quantile(histogram, share);
    return seconds === null ? null : seconds * 1000;
  };
  return { p50Ms: milliseconds(0.5), p99Ms: milliseconds(0.99), count: observations(histogram) };
}
