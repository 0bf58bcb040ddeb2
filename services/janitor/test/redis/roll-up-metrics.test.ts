import { beforeEach, describe, expect, test } from '@jest/globals';
import { MetricsWriter } from '@openrelay/state';
import { rollUpMetrics } from '../../src/jobs/roll-up-metrics';
import { dayMs, hourMs, minuteMs, useJanitorRig } from './janitor-rig';

const rig = useJanitorRig();
/** Begins a month, and so an hour and a day. Not long ago by Redis's clock: roll-ups have lifetimes. */
const monthStartMs = Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1);

beforeEach(() => rig.empty());

/** What edges counted in the minute that begins then. */
async function count(startMs: number, fields: Record<string, number>): Promise<void> {
  const minute = new Date(startMs).toISOString().slice(0, 16);
  const writer = new MetricsWriter(rig.link, rig.node);
  const name = `${rig.node}:${startMs}:${Math.random()}`;
  await writer.add({ name, minute }, new Map(Object.entries(fields)));
}

function roll(nowMs: number) {
  return rollUpMetrics(rig.work({ now: () => nowMs }));
}

function hourOf(startMs: number): Promise<Record<string, string>> {
  return rig.redis.hgetall(`or:{metrics}:hour:${new Date(startMs).toISOString().slice(0, 13)}`);
}

function dayOf(startMs: number): Promise<Record<string, string>> {
  return rig.redis.hgetall(`or:{metrics}:day:${new Date(startMs).toISOString().slice(0, 10)}`);
}

describe('the roll-up of metrics', () => {
  test('adds the minutes of an hour up when the hour is over, not before', async () => {
    await count(monthStartMs, { messages_accepted: 3, 'refused:429': 1 });
    await count(monthStartMs + 59 * minuteMs, { messages_accepted: 4, 'accepted_to_delivered_seconds:sum': 0.25 });
    await count(monthStartMs + hourMs, { messages_accepted: 100 });
    await roll(monthStartMs + hourMs - 1);
    expect(await hourOf(monthStartMs)).toEqual({});
    await roll(monthStartMs + hourMs);
    const sums = { messages_accepted: '7', 'refused:429': '1', 'accepted_to_delivered_seconds:sum': '0.25' };
    expect(await hourOf(monthStartMs)).toEqual(sums);
    expect(await hourOf(monthStartMs + hourMs)).toEqual({});
  });

  test('adds the hours of a day up when the day is over, also over the end of a month', async () => {
    for (const hour of [0, 1, 23, 24]) await count(monthStartMs - dayMs + hour * hourMs, { pulls: 1 });
    await roll(monthStartMs - 1);
    expect(await dayOf(monthStartMs - dayMs)).toEqual({});
    await roll(monthStartMs + 2 * minuteMs);
    expect(await dayOf(monthStartMs - dayMs)).toEqual({ pulls: '3' });
    await roll(monthStartMs + dayMs);
    expect(await dayOf(monthStartMs)).toEqual({ pulls: '1' });
  });

  test('counts nothing twice, however often it runs', async () => {
    await count(monthStartMs - dayMs, { pulls: 5 });
    for (let run = 0; run < 3; run += 1) await roll(monthStartMs + minuteMs);
    await Promise.all([roll(monthStartMs + minuteMs), roll(monthStartMs + minuteMs)]);
    expect(await hourOf(monthStartMs - dayMs)).toEqual({ pulls: '5' });
    expect(await dayOf(monthStartMs - dayMs)).toEqual({ pulls: '5' });
  });

  test('includes what was counted late, within three hours, in the day too', async () => {
    await count(monthStartMs - hourMs, { pulls: 1 });
    await roll(monthStartMs);
    await count(monthStartMs - hourMs, { pulls: 10 });
    await roll(monthStartMs + 2 * hourMs + 59 * minuteMs);
    expect(await hourOf(monthStartMs - hourMs)).toEqual({ pulls: '11' });
    expect(await dayOf(monthStartMs - dayMs)).toEqual({ pulls: '11' });
  });

  test('makes up for what was missed while no janitor ran, as long as the minutes are there', async () => {
    for (let hour = 1; hour <= 47; hour += 1) await count(monthStartMs - hour * hourMs, { pulls: 1 });
    await roll(monthStartMs);
    expect(await hourOf(monthStartMs - 47 * hourMs)).toEqual({ pulls: '1' });
    expect(await dayOf(monthStartMs - dayMs)).toEqual({ pulls: '24' });
    expect(await dayOf(monthStartMs - 2 * dayMs)).toEqual({ pulls: '23' });
  });

  test('loses nothing when minutes have ended their lifetime, or a late janitor read less', async () => {
    await count(monthStartMs - hourMs, { pulls: 9, takeovers: 2 });
    await roll(monthStartMs);
    await rig.redis.del(`or:{metrics}:minute:${new Date(monthStartMs - hourMs).toISOString().slice(0, 16)}`);
    await count(monthStartMs - minuteMs, { pulls: 1, drains: 1 });
    await roll(monthStartMs);
    expect(await hourOf(monthStartMs - hourMs)).toEqual({ pulls: '9', takeovers: '2', drains: '1' });
  });

  test('keeps hours for 90 days and days for 400', async () => {
    const today = Math.floor(rig.link.clock.now() / dayMs) * dayMs;
    await count(today - hourMs, { pulls: 1 });
    await roll(today);
    const hour = await rig.redis.pttl(`or:{metrics}:hour:${new Date(today - hourMs).toISOString().slice(0, 13)}`);
    const day = await rig.redis.pttl(`or:{metrics}:day:${new Date(today - dayMs).toISOString().slice(0, 10)}`);
    expect(hour / dayMs).toBeGreaterThan(88.9);
    expect(hour / dayMs).toBeLessThanOrEqual(90);
    expect(day / dayMs).toBeGreaterThan(397.9);
    expect(day / dayMs).toBeLessThanOrEqual(400);
  });
});
