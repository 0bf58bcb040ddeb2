import { describe, expect, test } from '@jest/globals';
import { RollUps } from '@openrelay/state';
import { dayMs, hourMs, minuteMs, noonMs, useOverviewRig } from './overview-rig';

const rig = useOverviewRig();

function total(points: readonly { overMs: number; accepted: number }[]): number {
  return Math.round(points.reduce((sum, { overMs, accepted }) => sum + (accepted * overMs) / 1000, 0));
}

describe('a series', () => {
  test('begins with the first minute that was counted, and has zero for those in which nothing was', async () => {
    await rig.count(noonMs - 3 * minuteMs, { messages_accepted: 60, 'refused:429': 6 });
    await rig.count(noonMs - minuteMs, { messages_accepted: 120 });
    const points = await rig.overview.series(noonMs - hourMs, noonMs, 'minute');
    expect(points.map(({ startMs, accepted, refused }) => [startMs, accepted, refused])).toEqual([
      [noonMs - 3 * minuteMs, 1, { 429: 0.1 }],
      [noonMs - 2 * minuteMs, 0, {}],
      [noonMs - minuteMs, 2, {}],
    ]);
  });

  test('goes up to now, and rates of the running minute are over what has passed of it', async () => {
    rig.setClock(noonMs + 15_000);
    await rig.count(noonMs, { messages_accepted: 30 });
    const points = await rig.overview.series(noonMs, noonMs + hourMs, 'minute');
    expect(points).toMatchObject([{ startMs: noonMs, overMs: 15_000, accepted: 2 }]);
  });

  test('is empty when nothing was counted, and refuses more than 1500 points', async () => {
    expect(await rig.overview.series(noonMs - hourMs, noonMs, 'minute')).toEqual([]);
    await expect(rig.overview.series(noonMs - 2 * dayMs, noonMs, 'minute')).rejects.toThrow(RangeError);
  });

  test('has latency from the histogram of the period', async () => {
    await rig.count(noonMs - minuteMs, { 'accepted_to_delivered_seconds:le:0.002': 10 });
    const [point] = await rig.overview.series(noonMs - minuteMs, noonMs, 'minute');
    expect(point?.latency).toMatchObject({ p50Ms: 1.5, count: 10 });
  });

  test.each([0, 1, 2, 3])(
    'by the hour is the same with %i hours rolled up, and counts nothing twice',
    async (rolled) => {
      rig.setClock(noonMs + 20 * minuteMs);
      const fromMs = noonMs - 3 * hourMs;
      for (let minute = 0; minute < 200; minute += 7)
        await rig.count(fromMs + minute * minuteMs, { messages_accepted: 7 });
      const rollUps = new RollUps(rig.link);
      for (let hour = 0; hour < rolled; hour += 1) await rollUps.roll('hour', fromMs + hour * hourMs);
      const points = await rig.overview.series(fromMs, noonMs + hourMs, 'hour');
      expect(points.map(({ startMs }) => startMs)).toEqual([0, 1, 2, 3].map((hour) => fromMs + hour * hourMs));
      expect(total(points)).toBe(29 * 7);
    },
  );

  test('by the day puts today together from hours and minutes', async () => {
    rig.setClock(noonMs + 10 * minuteMs);
    const rollUps = new RollUps(rig.link);
    for (const atMs of [noonMs - dayMs, noonMs - hourMs, noonMs]) await rig.count(atMs, { messages_accepted: 10 });
    for (const startMs of [noonMs - dayMs, noonMs - hourMs]) await rollUps.roll('hour', startMs);
    await rollUps.roll('day', noonMs - 1.5 * dayMs);
    const points = await rig.overview.series(noonMs - 3 * dayMs, noonMs + hourMs, 'day');
    expect(points.map(({ startMs }) => startMs)).toEqual([noonMs - 1.5 * dayMs, noonMs - 0.5 * dayMs]);
    expect(total(points)).toBe(30);
  });
});

test('the last minute is the running one and the one before', async () => {
  rig.setClock(noonMs + 30_000);
  await rig.count(noonMs - 2 * minuteMs, { messages_accepted: 1000 });
  await rig.count(noonMs - minuteMs, { messages_accepted: 60 });
  await rig.count(noonMs, { messages_accepted: 30 });
  expect((await rig.overview.lastMinute()).rates).toMatchObject({ overMs: 90_000, accepted: 1 });
});

test('the last minute of a cluster that just started is the running one alone', async () => {
  rig.setClock(noonMs + 30_000);
  await rig.count(noonMs, { messages_accepted: 60 });
  expect((await rig.overview.lastMinute()).rates).toMatchObject({ overMs: 30_000, accepted: 2 });
});
