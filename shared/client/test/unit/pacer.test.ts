import { describe, expect, test } from '@jest/globals';
import { Pacer } from '../../src/index';

const usual = { requests_per_minute: 60, requests_left: 60, points_per_minute: 512, points_left: 512 };

function pacerAt(startMs = 1_000_000) {
  const clock = { nowMs: startMs };
  return { clock, pacer: new Pacer(() => clock.nowMs) };
}

describe('a pacer', () => {
  test('lets as much go as a minute has, and the next when it has ended', () => {
    const { clock, pacer } = pacerAt();
    pacer.told(usual);
    for (let count = 0; count < 60; count += 1) {
      expect(pacer.waitMs(1)).toBe(0);
      pacer.spent(1);
      clock.nowMs += 100;
    }
    expect(pacer.waitMs(1)).toBe(60_200 - 6_000);
    clock.nowMs += pacer.waitMs(1);
    expect(pacer.waitMs(1)).toBe(0);
  });

  test('counts points as well as requests', () => {
    const { pacer } = pacerAt();
    pacer.told(usual);
    pacer.spent(500);
    expect(pacer.waitMs(12)).toBe(0);
    expect(pacer.waitMs(13)).toBeGreaterThan(59_000);
  });

  test('takes what never fits to the relay, which says so', () => {
    const { pacer } = pacerAt();
    pacer.told(usual);
    expect(pacer.waitMs(513)).toBe(0);
  });

  test('takes a minute that was begun before for one that has just begun', () => {
    const { clock, pacer } = pacerAt();
    pacer.told({ ...usual, requests_left: 0 });
    expect(pacer.waitMs(1)).toBe(60_000);
    clock.nowMs += 20_000;
    pacer.told({ ...usual, requests_left: 0 });
    expect(pacer.waitMs(1)).toBe(40_000);
  });

  test('believes a refusal, and waits no longer than a minute for it', () => {
    const { clock, pacer } = pacerAt();
    pacer.refused(1_500);
    expect(pacer.waitMs(1)).toBe(1_700);
    clock.nowMs += 1_700;
    expect(pacer.waitMs(1)).toBe(0);
    pacer.refused(1e12);
    expect(pacer.waitMs(1)).toBe(60_200);
  });

  test('waits no longer than a minute when the clock is set back by a day', () => {
    const { clock, pacer } = pacerAt(10 * 86_400_000);
    pacer.told({ ...usual, requests_per_minute: 1 });
    pacer.spent(1);
    clock.nowMs -= 86_400_000;
    expect(pacer.waitMs(1)).toBe(60_200);
  });

  test.each([{}, { requests_per_minute: 0, requests_left: 0, points_per_minute: 0, points_left: 0 }, undefined])(
    'never waits where there are no limits: %j',
    (limits) => {
      const { pacer } = pacerAt();
      pacer.told(limits);
      for (let count = 0; count < 1000; count += 1) pacer.spent(1000);
      expect(pacer.waitMs(1000)).toBe(0);
    },
  );

  test('tells how long 50 MB take under the default limits', () => {
    const { pacer } = pacerAt();
    pacer.told(usual);
    // 800 messages of 64 points each, 8 a minute.
    expect(pacer.estimateSeconds(50 * 1024 * 1024, 65_536)).toBe(99 * 60);
    expect(pacer.estimateSeconds(8 * 65_536, 65_536)).toBe(0);
    expect(pacer.estimateSeconds(8 * 65_536 + 1, 65_536)).toBe(60);
  });
});
