import { describe, expect, test } from '@jest/globals';
import { MetricsReader, type MetricsStep, MetricsWriter } from '../../src/index';
import { metricsFlushKey, metricsKey, metricsTotalKey } from '../../src/scripts/keys';
import { freshName, useStateRig } from './state-rig';

const rig = useStateRig();
const hourMs = 3_600_000;

function writerOf(node = freshName('node')): MetricsWriter {
  return new MetricsWriter(rig.link, node);
}

function reader(): MetricsReader {
  return new MetricsReader(rig.link);
}

/** A field that no other test has. */
function freshField(): string {
  return `f_${freshName('id')}`;
}

/** A minute that no other test has. */
let years = 3000;
function freshMinute(): { minute: string; startMs: number } {
  years += 1;
  const minute = `${years}-06-15T10:20`;
  return { minute, startMs: Date.parse(`${minute}:00Z`) };
}

async function minuteField(startMs: number, field: string): Promise<number | undefined> {
  const [period] = await reader().periods('minute', startMs, startMs + 1);
  return period?.fields.get(field);
}

describe('what nodes count', () => {
  test('adds up in the total and in its minute', async () => {
    const [field, { minute, startMs }, one, other] = [freshField(), freshMinute(), writerOf(), writerOf()];
    await one.add({ ...one.nextFlush(), minute }, new Map([[field, 3]]));
    await other.add({ ...other.nextFlush(), minute }, new Map([[field, 4]]));
    expect(await minuteField(startMs, field)).toBe(7);
    const next = freshMinute();
    await one.add({ ...one.nextFlush(), minute: next.minute }, new Map([[field, 10]]));
    expect(await minuteField(next.startMs, field)).toBe(10);
    expect((await reader().totals()).get(field)).toBe(17);
  });

  test('counts a flush once, however often it is sent', async () => {
    const [field, { minute, startMs }, writer, other] = [freshField(), freshMinute(), writerOf(), writerOf()];
    const flush = { ...writer.nextFlush(), minute };
    const fields = new Map([
      [field, 5],
      [`${field}:sum`, 0.5],
    ]);
    await Promise.all([writer.add(flush, fields), writer.add(flush, fields)]);
    await other.add({ ...other.nextFlush(), minute }, new Map([[field, 1]]));
    await writer.add(flush, fields);
    expect(await minuteField(startMs, field)).toBe(6);
    expect((await reader().totals()).get(`${field}:sum`)).toBe(0.5);
    await writer.add({ ...writer.nextFlush(), minute }, fields);
    expect((await reader().totals()).get(field)).toBe(11);
  });

  test('takes sums with fractions and whole ones, and counts exactly however large they get', async () => {
    const [field, { minute }, writer] = [freshField(), freshMinute(), writerOf()];
    for (const seconds of [1, 0.25, 1e-7, 2]) {
      await writer.add({ ...writer.nextFlush(), minute }, new Map([[`${field}:sum`, seconds]]));
    }
    expect((await reader().totals()).get(`${field}:sum`)).toBeCloseTo(3.2500001, 9);
    await writer.add({ ...writer.nextFlush(), minute }, new Map([[field, 2 ** 53 - 2]]));
    await writer.add({ ...writer.nextFlush(), minute }, new Map([[field, 1]]));
    expect(await rig.redis.hget(metricsTotalKey, field)).toBe(String(2 ** 53 - 1));
  });

  test('is counted at most once when a part of it cannot be', async () => {
    const [field, { minute }, writer] = [freshField(), freshMinute(), writerOf()];
    await rig.redis.hset(metricsTotalKey, `${field}b`, 'no number');
    const flush = { ...writer.nextFlush(), minute };
    const fields = new Map([
      [field, 1],
      [`${field}b`, 1],
    ]);
    await expect(writer.add(flush, fields)).rejects.toThrow('not an integer');
    await writer.add(flush, fields);
    expect((await reader().totals()).get(field)).toBe(1);
    await rig.redis.hdel(metricsTotalKey, `${field}b`);
  });

  test('lives as long as it is needed', async () => {
    const [field, { minute }, node] = [freshField(), freshMinute(), freshName('node')];
    const writer = writerOf(node);
    await writer.add({ ...writer.nextFlush(), minute }, new Map([[field, 1]]));
    const minuteLife = await rig.redis.pttl(metricsKey('minute', minute));
    expect(minuteLife).toBeGreaterThan(47 * hourMs);
    expect(minuteLife).toBeLessThanOrEqual(48 * hourMs);
    expect(await rig.redis.pttl(metricsFlushKey(node))).toBeGreaterThan(23 * hourMs);
    expect(await rig.redis.pttl(metricsTotalKey)).toBe(-1);
  });
});

describe('a flush', () => {
  test('has a name of its own, and the minute of the clock of Redis', async () => {
    const [one, other] = [writerOf(), writerOf()];
    const [seconds] = await rig.redis.time();
    const flushes = [one.nextFlush(), one.nextFlush(), other.nextFlush()];
    expect(new Set(flushes.map(({ name }) => name)).size).toBe(3);
    const near = [0, 60_000].map((ms) => new Date(Number(seconds) * 1000 + ms).toISOString().slice(0, 16));
    for (const { minute } of flushes) expect(near).toContain(minute);
  });
});

describe('periods', () => {
  test.each<[MetricsStep, string, string]>([
    ['minute', '2901-01-01T00:05', '2901-01-01T00:07'],
    ['hour', '2902-01-01T05', '2902-01-01T07'],
    ['day', '2903-01-05', '2903-01-07'],
  ])('of a %s are those that exist in the span, oldest first', async (step, first, last) => {
    const startOf = (name: string) => Date.parse(`${name}${{ minute: ':00Z', hour: ':00Z', day: 'T00:00Z' }[step]}`);
    for (const name of [last, first]) await rig.redis.hset(metricsKey(step, name), 'refused:429', 2);
    const found = await reader().periods(step, startOf(first) + 1, startOf(last) + 1);
    expect(found).toEqual(
      [first, last].map((name) => ({ startMs: startOf(name), fields: new Map([['refused:429', 2]]) })),
    );
    expect(await reader().periods(step, startOf(first), startOf(last))).toHaveLength(1);
    expect(await reader().periods(step, startOf(last), startOf(first))).toEqual([]);
  });

  test('are 1500 at the most', async () => {
    const startMs = Date.parse('2904-01-01T00:00Z');
    expect(await reader().periods('minute', startMs, startMs + 1500 * 60_000)).toEqual([]);
    await expect(reader().periods('minute', startMs, startMs + 1501 * 60_000)).rejects.toThrow(
      '1501 minutes are more than 1500: ask for a shorter time.',
    );
  });
});
