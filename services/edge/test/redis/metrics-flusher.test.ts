import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { MetricsReader, MetricsWriter, RedisLink, RedisUnavailable } from '@openrelay/state';
import { createMetrics, type Metrics } from '@openrelay/telemetry';
import { RedisRig } from '@openrelay/testing';
import { MetricsFlusher } from '../../src/upkeep/metrics-flusher';

const rig = new RedisRig((url) => new RedisLink({ url, commandTimeoutMs: 5000, monotonicMs: () => performance.now() }));
let metrics: Metrics;
let flusher: MetricsFlusher;
let nodes = 0;

beforeAll(() => rig.start());

beforeEach(async () => {
  await rig.redis.flushall();
  nodes += 1;
  metrics = createMetrics();
  flusher = new MetricsFlusher(new MetricsWriter(rig.link, `n${nodes}`), metrics);
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(() => rig.stop());

async function total(field: string): Promise<number> {
  return (await new MetricsReader(rig.link).totals()).get(field) ?? 0;
}

/** The next call's answer gets lost, or the call itself. */
function lose(what: 'answer' | 'call'): void {
  const run = rig.link.run.bind(rig.link);
  jest.spyOn(rig.link, 'run').mockImplementationOnce(async (...call) => {
    if (what === 'answer') await run(...call);
    throw new RedisUnavailable('lost');
  });
}

test('each flush adds what was counted since the one before', async () => {
  metrics.add('messages_accepted', 3);
  await flusher.flush();
  metrics.add('messages_accepted', 4);
  metrics.observe('time_in_queue_seconds', 2.5);
  await flusher.flush();
  await flusher.flush();
  expect(await total('messages_accepted')).toBe(7);
  expect(await total('time_in_queue_seconds:le:5')).toBe(1);
  expect(await total('time_in_queue_seconds:sum')).toBe(2.5);
});

test('only what changed is sent', async () => {
  metrics.add('messages_accepted', 3);
  metrics.count('refused', 429);
  await flusher.flush();
  metrics.count('refused', 429);
  const run = jest.spyOn(rig.link, 'run');
  await flusher.flush();
  const sent = String(run.mock.calls[0]![1].fields);
  expect(sent).toContain('refused:429');
  expect(sent).not.toContain('messages_accepted');
  expect(sent).not.toContain('refused:503');
});

test.each(['answer', 'call'] as const)('a flush of which the %s got lost counts once', async (what) => {
  metrics.add('messages_accepted', 3);
  lose(what);
  await expect(flusher.flush()).rejects.toThrow(RedisUnavailable);
  metrics.add('messages_accepted', 4);
  await flusher.flush();
  expect(await total('messages_accepted')).toBe(3);
  await flusher.flush();
  expect(await total('messages_accepted')).toBe(7);
});

test('a flush that is sent again counts in its first minute', async () => {
  metrics.add('messages_accepted', 3);
  lose('call');
  await expect(flusher.flush()).rejects.toThrow(RedisUnavailable);
  const startMs = Math.floor(rig.link.clock.now() / 60_000) * 60_000;
  rig.link.clock.observe(rig.link.clock.now() + 3_600_000, rig.link.clock.monotonicMs());
  await flusher.flush();
  const minutes = await new MetricsReader(rig.link).periods('minute', startMs - 60_000, startMs + 7_200_000);
  expect(minutes).toHaveLength(1);
  expect(minutes[0]!.startMs).toBeLessThanOrEqual(startMs);
  expect(minutes[0]!.fields.get('messages_accepted')).toBe(3);
});

test.each(['answer', 'call'] as const)(
  'the last flush has all, also behind one of which the %s got lost',
  async (what) => {
    metrics.add('messages_accepted', 3);
    lose(what);
    await expect(flusher.flush()).rejects.toThrow(RedisUnavailable);
    metrics.add('messages_accepted', 4);
    await flusher.close();
    expect(await total('messages_accepted')).toBe(7);
  },
);

test('two flushes at a time count once', async () => {
  metrics.add('messages_accepted', 3);
  await Promise.all([flusher.flush(), flusher.flush(), flusher.close()]);
  metrics.add('messages_accepted', 4);
  await flusher.close();
  expect(await total('messages_accepted')).toBe(7);
});
