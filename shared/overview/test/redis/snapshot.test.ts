import { describe, expect, test } from '@jest/globals';
import { AuditRecords, JobRecords } from '@openrelay/state';
import { freshHardwareId } from '@openrelay/testing';
import { problemsOf } from '../../src/index';
import { minuteMs, noonMs, report, useOverviewRig } from './overview-rig';

const rig = useOverviewRig();
const counted = { shards: 4, countedShards: 4, inexactShards: 0, uncertain: 0 };
const audit = { accepted: 9, acked: 4, expired: 2, queued: 3, missing: 0, unbalancedShards: 0, ...counted };

test('a Redis that never served a relay is told apart from an empty cluster', async () => {
  await expect(rig.overview.snapshot()).rejects.toThrow('This Redis has never served a relay.');
  await rig.serve();
  expect(await rig.overview.snapshot()).toMatchObject({
    atMs: noonMs,
    nodes: [],
    connections: 0,
    jobs: [],
    ledger: null,
  });
});

describe('a snapshot', () => {
  test('has nodes that are up, draining, and silent since their heartbeat is gone', async () => {
    await rig.serve();
    await rig.beat('a-node');
    await rig.beat('b-node', { draining: 'yes', connections: 3 });
    await rig.beat('c-node');
    await rig.link.command('or:{nodes}:c-node', (redis) => redis.del('or:{nodes}:c-node'));
    const { nodes, connections } = await rig.overview.snapshot();
    const { draining: _, storePressure: __, storeBudgetBytes: ___, ...figures } = report;
    expect(nodes).toEqual([
      { node: 'a-node', state: 'up', lastSeenMs: noonMs, ...figures },
      { node: 'b-node', state: 'draining', lastSeenMs: noonMs, ...figures, connections: 3 },
      expect.objectContaining({ node: 'c-node', state: 'silent', lastSeenMs: noonMs, connections: null, port: null }),
    ]);
    expect(connections).toBe(15);
  });

  test('has what waits in queues, and their size', async () => {
    await rig.serve();
    await rig.queue(freshHardwareId(), 3);
    await rig.queue(freshHardwareId(), 2);
    const { queues } = await rig.overview.snapshot();
    expect(queues).toMatchObject({ messages: 5, devices: 2, accepted: 5, acked: 0, expired: 0 });
    expect(queues.bytes).toBeGreaterThan(5 * 30);
  });

  test('has the jobs with their state, and the last audit', async () => {
    await rig.serve();
    const jobs = new JobRecords(rig.link);
    await jobs.announce({ job: 'sweep', everySeconds: 60, why: 'so that memory comes back' });
    await jobs.announce({ job: 'audit', everySeconds: 60, why: 'so that losses are seen' });
    await jobs.succeeded('sweep', noonMs - 4 * minuteMs, 12, { expired: 3 });
    await new AuditRecords(rig.link).write({ ...audit, atMs: noonMs - minuteMs });
    const snapshot = await rig.overview.snapshot();
    expect(snapshot.jobs).toMatchObject([
      { job: 'audit', state: 'never ran', runs: 0 },
      { job: 'sweep', state: 'late', runs: 1, lastTookMs: 12, lastResult: { expired: 3 } },
    ]);
    expect(snapshot.ledger).toEqual({ ...audit, atMs: noonMs - minuteMs, verdict: 'balanced' });
  });

  test.each([
    ['of which one was counted roughly', { countedShards: 3, inexactShards: 1, uncertain: 5 }],
    ['of which one was not reached', { countedShards: 3 }],
    ['of which an older version counted none', { shards: 0, countedShards: 0 }],
  ])('does not take shards for balanced %s', async (_, found) => {
    await rig.serve();
    await new AuditRecords(rig.link).write({ ...audit, atMs: noonMs, ...found });
    expect((await rig.overview.snapshot()).ledger).toMatchObject({ verdict: 'incomplete' });
  });

  test('has the memory of Redis against its limit', async () => {
    await rig.serve();
    expect((await rig.overview.snapshot()).redis).toMatchObject({ state: 'well', limitBytes: null });
    await rig.link.ofEachMaster((redis) => redis.config('SET', 'maxmemory', '100000'));
    expect((await rig.overview.snapshot()).redis).toMatchObject({ state: 'full', limitBytes: 100_000 });
    await rig.link.ofEachMaster((redis) => redis.config('SET', 'maxmemory', '0'));
  });
});

async function problems(): Promise<string[]> {
  const seen = { ...(await rig.overview.snapshot()), ...(await rig.overview.lastMinute()) };
  return problemsOf(seen).map(({ text }) => text);
}

describe('what is wrong', () => {
  test('is nothing with a node up, jobs that ran, and a balance', async () => {
    await rig.serve();
    await rig.beat('a-node');
    const jobs = new JobRecords(rig.link);
    await jobs.announce({ job: 'sweep', everySeconds: 60, why: 'so that memory comes back' });
    await jobs.succeeded('sweep', noonMs - minuteMs, 12, {});
    expect(await problems()).toEqual([]);
  });

  test('is all of it, in few words', async () => {
    await rig.serve();
    await rig.beat('a-node');
    await rig.link.command('or:{nodes}:a-node', (redis) => redis.del('or:{nodes}:a-node'));
    const jobs = new JobRecords(rig.link);
    await jobs.announce({ job: 'sweep', everySeconds: 60, why: 'so that memory comes back' });
    await jobs.failed('sweep', 'Redis is away');
    await new AuditRecords(rig.link).write({ ...audit, atMs: noonMs, missing: 3, unbalancedShards: 2 });
    await rig.link.command('or:{bandwidth}:2041-05', (redis) => redis.set('or:{bandwidth}:2041-05', 950_000));
    expect(await problems()).toEqual([
      'no node is up',
      'node a-node is silent',
      'the bandwidth of the month is above the threshold',
      'job sweep is failing',
      'the ledger does not balance in 2 shards',
    ]);
  });
});
