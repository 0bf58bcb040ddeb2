import type { Latency, Rates } from '@openrelay/overview';
import type { Fact } from '../text/facts';
import { age, byteRate, rate, took } from '../text/units';

export function trafficFacts(rates: Rates, latency: Latency): Fact[] {
  return [
    ['over', `the last ${age(rates.overMs)}`],
    [
      'messages',
      `${rate(rates.accepted)} accepted`,
      `${rate(rates.deliveredLive)} live`,
      `${rate(rates.queued)} queued`,
      `${rate(rates.acked)} acked`,
      `${rate(rates.expired)} expired`,
    ],
    ['refused', ...refusedIn(rates)],
    ['latency', `p50 ${took(latency.p50Ms)}`, `p99 ${took(latency.p99Ms)}`],
    ['payload', `${byteRate(rates.bytesIn)} in`, `${byteRate(rates.bytesOut)} out`],
  ];
}

function refusedIn({ refused }: Rates): string[] {
  const codes = Object.entries(refused).map(([code, perSecond]) => `${code}: ${rate(perSecond)}`);
  return codes.length === 0 ? ['none'] : codes;
}

export function refusedPerSecond({ refused }: Rates): number {
  return Object.values(refused).reduce((sum, perSecond) => sum + perSecond, 0);
}
