import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type RunningService, startJanitor } from '@openrelay/launch';
import { JobRecords } from '@openrelay/state';
import { eventually, wrongClock } from '@openrelay/testing';
import { type JobName, jobNames } from '../../src/jobs/schedule';
import { eventsOf, freshDevice, hourMs, JanitorRig, messagesTo, patience } from './janitor-rig';

const queues = 30;

let rig: JanitorRig;
let janitor: RunningService | undefined;

beforeEach(async () => {
  rig = new JanitorRig(4);
  await rig.start();
});

afterEach(async () => {
  await janitor?.stop('SIGKILL');
  janitor = undefined;
  await rig.stop();
});

async function runsOf(job: JobName): Promise<number> {
  return (await rig.recordOf(job))?.runs ?? 0;
}

async function allRan(): Promise<void> {
  for (const job of jobNames) await eventually(async () => expect(await runsOf(job)).toBeGreaterThan(0), patience);
}

/** What expired while nothing can be stored any more. */
async function fillWithExpired(): Promise<void> {
  for (let i = 0; i < queues; i += 1) await rig.accept(i % 4, messagesTo(freshDevice(), 1, 0));
  await rig.redis.config('SET', 'maxmemory', '1');
}

async function swept(): Promise<void> {
  await eventually(async () => {
    for (let shard = 0; shard < 4; shard += 1) expect(await rig.keysOf(shard)).toEqual([`or:{${shard}}:ledger`]);
  }, patience);
  expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
}

test('a janitor sweeps while Redis takes nothing of BullMQ, says so once, and BullMQ runs its jobs again when it does', async () => {
  janitor = await startJanitor({ redisUrl: rig.server.url });
  await allRan();
  await fillWithExpired();
  await swept();
  await eventually(() => expect(eventsOf(janitor!)).toContain('job.overdue'), patience);
  const before = await runsOf('expire-queues');
  await eventually(async () => expect(await runsOf('expire-queues')).toBeGreaterThan(before + 1), patience);
  expect(janitor.output().match(/.*"redis\.refuses".*/g)).toEqual([expect.stringContaining('OOM')]);
  expect(eventsOf(janitor!)).not.toContain('process.unexpected');

  await rig.redis.config('SET', 'maxmemory', '0');
  const turns = async () => (await rig.redis.zcard('{or:bull}:expire-queues:completed')) + (await failedTurns());
  const failedTurns = () => rig.redis.zcard('{or:bull}:expire-queues:failed');
  await rig.redis.del('{or:bull}:expire-queues:completed', '{or:bull}:expire-queues:failed');
  await eventually(async () => expect(await turns()).toBeGreaterThan(1), patience);
  await eventually(() => expect(eventsOf(janitor!)).toContain('redis.accepts'), patience);
}, 240_000);

test('a janitor that is started while Redis is full sweeps', async () => {
  await fillWithExpired();
  janitor = await startJanitor({ redisUrl: rig.server.url });
  await swept();
}, 120_000);

test('a Redis that was emptied on a living connection has all its jobs run and scheduled again', async () => {
  janitor = await startJanitor({ redisUrl: rig.server.url });
  await allRan();
  await rig.empty();
  await allRan();
  for (const job of jobNames) {
    await eventually(async () => expect(await rig.redis.zcard(`{or:bull}:${job}:delayed`)).toBe(1), patience);
  }
}, 240_000);

test('a wall clock that was an hour ahead and is set right stops no job', async () => {
  janitor = await startJanitor({ redisUrl: rig.server.url, env: wrongClock(hourMs) });
  await allRan();
  janitor.kill('SIGUSR2');
  const nextTurnMs = async () =>
    Number((await rig.redis.zrange('{or:bull}:expire-queues:delayed', '0', '0', 'WITHSCORES'))[1]) / 4096;
  const horizonMs = async () => (await nextTurnMs()) - rig.link.clock.now();
  // BullMQ's schedule stands right again, too.
  await eventually(async () => expect(await horizonMs()).toBeLessThan(60_000), patience);
  const before = await runsOf('expire-queues');
  await eventually(async () => expect(await runsOf('expire-queues')).toBeGreaterThan(before + 1), patience);
}, 240_000);

test('what BullMQ and the records have of a job that had another name goes when a janitor starts', async () => {
  const records = new JobRecords(rig.link);
  await records.announce({ job: 'sweep-queues', everySeconds: 10, why: 'It had this name.' });
  await rig.redis.zadd('{or:bull}:sweep-queues:repeat', 1, 'sweep-queues');
  await rig.redis.hset('{or:bull}:sweep-queues:meta', 'concurrency', 1);
  janitor = await startJanitor({ redisUrl: rig.server.url });
  expect((await records.list()).map(({ job }) => job)).toEqual([...jobNames].sort());
  expect(await rig.redis.keys('{or:bull}:sweep-queues:*')).toEqual([]);
  expect(eventsOf(janitor!)).toContain('job.removed');
});
