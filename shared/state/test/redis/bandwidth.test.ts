import { randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { BandwidthLedger, BandwidthMonths } from '../../src/index';
import { bandwidthFlushKey, bandwidthKey, closedMonthsKey } from '../../src/scripts/keys';
import { freshName, useStateRig } from './state-rig';

const rig = useStateRig();
const dayMs = 86_400_000;

function freshMonth(): string {
  return `${randomInt(3000, 10_000)}-${randomInt(10, 100)}`;
}

function ledgerOf(node = freshName('node')): BandwidthLedger {
  return new BandwidthLedger(rig.link, node);
}

describe('the bytes of a month', () => {
  test('add up over the nodes, and each is told the total', async () => {
    const [month, one, other] = [freshMonth(), ledgerOf(), ledgerOf()];
    expect(await one.add(month, one.nextFlush(), 1000)).toBe(1000);
    expect(await other.add(month, other.nextFlush(), 500)).toBe(1500);
    expect(await one.add(month, one.nextFlush(), 0)).toBe(1500);
    expect(await one.add(month, one.nextFlush(), 7)).toBe(1507);
  });

  test('count a flush once, however often it is sent', async () => {
    const [month, ledger, other] = [freshMonth(), ledgerOf(), ledgerOf()];
    const flush = ledger.nextFlush();
    await ledger.add(month, flush, 1000);
    await other.add(month, other.nextFlush(), 1);
    expect(await ledger.add(month, flush, 1000)).toBe(1001);
    expect(await ledger.add(month, ledger.nextFlush(), 1000)).toBe(2001);
  });

  test('are exact beyond the whole allowance of a month', async () => {
    const [month, ledger] = [freshMonth(), ledgerOf()];
    await ledger.add(month, ledger.nextFlush(), 10_000_000_000_000);
    expect(await ledger.add(month, ledger.nextFlush(), 1)).toBe(10_000_000_000_001);
  });

  test('are those of one month only', async () => {
    const ledger = ledgerOf();
    await ledger.add(freshMonth(), ledger.nextFlush(), 1000);
    expect(await ledger.add(freshMonth(), ledger.nextFlush(), 1)).toBe(1);
  });

  test('are kept for 13 months, and the last flush of a node for a day', async () => {
    const [month, node] = [freshMonth(), freshName('node')];
    const ledger = ledgerOf(node);
    await ledger.add(month, ledger.nextFlush(), 1);
    expect(await rig.redis.pttl(bandwidthKey(month))).toBeGreaterThan(396 * dayMs);
    const life = await rig.redis.pttl(bandwidthFlushKey(node));
    expect(life).toBeGreaterThan(0.9 * dayMs);
    expect(life).toBeLessThanOrEqual(dayMs);
  });
});

test('the bytes of a month can be read, and are 0 of one without any', async () => {
  const [month, ledger] = [freshMonth(), ledgerOf()];
  expect(await new BandwidthMonths(rig.link).usedBytes(month)).toBe(0);
  await ledger.add(month, ledger.nextFlush(), 10_000_000_000_000);
  expect(await new BandwidthMonths(rig.link).usedBytes(month)).toBe(10_000_000_000_000);
});

test('closed months are read oldest first', async () => {
  expect(await new BandwidthMonths(rig.link).closedMonths()).toEqual(new Map());
  await rig.redis.hset(closedMonthsKey, { '2026-02': 7, '2025-12': 5_000_000_000 });
  expect([...(await new BandwidthMonths(rig.link).closedMonths())]).toEqual([
    ['2025-12', 5_000_000_000],
    ['2026-02', 7],
  ]);
});

test('flushes have names of their own', () => {
  const [one, other] = [ledgerOf(), ledgerOf()];
  const names = [one.nextFlush(), one.nextFlush(), other.nextFlush(), other.nextFlush()];
  expect(new Set(names).size).toBe(4);
});

test('the month is that of the clock of Redis, in UTC', async () => {
  const [seconds] = await rig.redis.time();
  expect(ledgerOf().currentMonth()).toBe(new Date(Number(seconds) * 1000).toISOString().slice(0, 7));
});
