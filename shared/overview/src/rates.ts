import { added, counterField, parseField } from '@openrelay/telemetry';
import type { Counts, Fields } from './counts';

/** Per second, over `overMs`. */
export type Rates = {
  overMs: number;
  accepted: number;
  deliveredLive: number;
  queued: number;
  acked: number;
  expired: number;
  registrations: number;
  bytesIn: number;
  bytesOut: number;
  /** By error code; codes that were not sent are missing. */
  refused: Readonly<Record<string, number>>;
};

/** What was counted between two instants; what fell, because Redis lost it, counts nothing. All zero when no time has passed. */
export function ratesBetween(before: Counts, after: Counts): Rates {
  return ratesOf(added(before.totals, after.totals), after.atMs - before.atMs);
}

/** @param overMs the time in which the amounts were counted */
export function ratesOf(amounts: Fields, overMs: number): Rates {
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
