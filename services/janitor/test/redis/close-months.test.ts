import { beforeEach, describe, expect, test } from '@jest/globals';
import { BandwidthLedger, BandwidthMonths } from '@openrelay/state';
import { closeMonths } from '../../src/jobs/close-months';
import { minuteMs, useJanitorRig } from './janitor-rig';

const rig = useJanitorRig();
const yearStartMs = Date.UTC(2027, 0, 1);
const ledger = () => new BandwidthLedger(rig.link, rig.node);
let flushes = 0;

beforeEach(() => rig.empty());

async function carry(month: string, bytes: number): Promise<void> {
  flushes += 1;
  await ledger().add(month, `${rig.node}:${flushes}`, bytes);
}

function close(nowMs: number) {
  return closeMonths(rig.work({ now: () => nowMs }));
}

async function closed(): Promise<Record<string, number>> {
  return Object.fromEntries(await new BandwidthMonths(rig.link).closedMonths());
}

describe('the close of months', () => {
  test('keeps the bytes of a month when it is over, not before', async () => {
    await carry('2026-12', 1000);
    await close(yearStartMs - 1);
    expect(await closed()).toEqual({});
    await carry('2027-01', 7);
    expect(await close(yearStartMs)).toEqual({ months: 1 });
    expect(await closed()).toEqual({ '2026-12': 1000 });
  });

  test('adds what was counted late, and nothing twice', async () => {
    await carry('2026-12', 1000);
    await close(yearStartMs);
    await carry('2026-12', 50);
    for (let run = 0; run < 3; run += 1) await close(yearStartMs + minuteMs);
    expect(await closed()).toEqual({ '2026-12': 1050 });
  });

  test('closes each month that was missed, as long as it is known', async () => {
    await carry('2025-12', 12);
    await carry('2026-03', 3);
    await carry('2026-12', 1);
    expect(await close(yearStartMs)).toEqual({ months: 3 });
    expect(await closed()).toEqual({ '2025-12': 12, '2026-03': 3, '2026-12': 1 });
  });

  test('keeps months for good, when their own key is long gone', async () => {
    await carry('2026-12', 1000);
    await close(yearStartMs);
    await rig.redis.del('or:{bandwidth}:2026-12');
    await close(yearStartMs + minuteMs);
    expect(await closed()).toEqual({ '2026-12': 1000 });
    expect(await rig.redis.pttl('or:{bandwidth}:months')).toBe(-1);
  });
});
