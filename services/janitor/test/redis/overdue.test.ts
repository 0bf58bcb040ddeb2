import { expect, test } from '@jest/globals';
import { type RunningService, startJanitor } from '@openrelay/launch';
import { JobRecords } from '@openrelay/state';
import { eventually, wrongClock } from '@openrelay/testing';
import { type JobName, jobNames } from '../../src/jobs/schedule';
import { eventsOf, freshDevice, hourMs, JanitorRig, messagesTo, patience } from './janitor-rig';

const queues = 30;

/** What waits for clocks may do so at once: each test has a Redis and janitors of its own, and ends them. */
function trial(title: string, run: (rig: JanitorRig, start: typeof startJanitor) => Promise<void>): void {
  test.concurrent(title, async () => {
    const rig = new JanitorRig(4);
    const janitors: RunningService[] = [];
    const start: typeof startJanitor = async (options) => {
      const janitor = await startJanitor(options);
      janitors.push(janitor);
      return janitor;
    };
    await rig.start();
    try {
      await run(rig, start);
    } finally {
      for (const janitor of janitors) await janitor.stop('SIGKILL');
      await rig.stop();
    }
  }, 240_000);
}

async function runsOf(rig: JanitorRig, job: JobName): Promise<number> {
  return (await rig.recordOf(job))?.runs ?? 0;
}

async function allRan(rig: JanitorRig): Promise<void> {
  for (const job of jobNames) {
    await eventually(async () => expect(await runsOf(rig, job)).toBeGreaterThan(0), patience);
  }
}

/** What expired while nothing can be stored any more. */
async function fillWithExpired(rig: JanitorRig): Promise<void> {
  for (let i = 0; i < queues; i += 1) await rig.accept(i % 4, messagesTo(freshDevice(), 1, 0));
  await rig.redis.config('SET', 'maxmemory', '1');
}

async function swept(rig: JanitorRig): Promise<void> {
  await eventually(async () => {
    for (let shard = 0; shard < 4; shard += 1) expect(await rig.keysOf(shard)).toEqual([`or:{${shard}}:ledger`]);
  }, patience);
  expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
}

trial(
  'a janitor sweeps while Redis takes nothing of BullMQ, says so once, and BullMQ runs its jobs again when it does',
  async (rig, start) => {
    const janitor = await start({ redisUrl: rig.server.url });
    await allRan(rig);
    await fillWithExpired(rig);
    await swept(rig);
    await eventually(() => expect(eventsOf(janitor)).toContain('job.overdue'), patience);
    const before = await runsOf(rig, 'expire-queues');
    await eventually(async () => expect(await runsOf(rig, 'expire-queues')).toBeGreaterThan(before + 1), patience);
    expect(janitor.output().match(/.*"redis\.refuses".*/g)).toEqual([expect.stringContaining('OOM')]);
    expect(eventsOf(janitor)).not.toContain('process.unexpected');

    await rig.redis.config('SET', 'maxmemory', '0');
    const turns = async () => (await rig.redis.zcard('{or:bull}:expire-queues:completed')) + (await failedTurns());
    const failedTurns = () => rig.redis.zcard('{or:bull}:expire-queues:failed');
    await rig.redis.del('{or:bull}:expire-queues:completed', '{or:bull}:expire-queues:failed');
    await eventually(async () => expect(await turns()).toBeGreaterThan(1), patience);
    await eventually(() => expect(eventsOf(janitor)).toContain('redis.accepts'), patience);
  },
);

trial('a janitor that is started while Redis is full sweeps', async (rig, start) => {
  await fillWithExpired(rig);
  await start({ redisUrl: rig.server.url });
  await swept(rig);
});

trial(
  'a Redis that was emptied on a living connection has all its jobs run and scheduled again',
  async (rig, start) => {
    await start({ redisUrl: rig.server.url });
    await allRan(rig);
    await rig.empty();
    await allRan(rig);
    for (const job of jobNames) {
      await eventually(async () => expect(await rig.redis.zcard(`{or:bull}:${job}:delayed`)).toBe(1), patience);
    }
  },
);

trial('a wall clock that was an hour ahead and is set right stops no job', async (rig, start) => {
  const janitor = await start({ redisUrl: rig.server.url, env: wrongClock(hourMs) });
  await allRan(rig);
  janitor.kill('SIGUSR2');
  const nextTurnMs = async () =>
    Number((await rig.redis.zrange('{or:bull}:expire-queues:delayed', '0', '0', 'WITHSCORES'))[1]) / 4096;
  const horizonMs = async () => (await nextTurnMs()) - rig.link.clock.now();
  // BullMQ's schedule stands right again, too.
  await eventually(async () => expect(await horizonMs()).toBeLessThan(60_000), patience);
  const before = await runsOf(rig, 'expire-queues');
  await eventually(async () => expect(await runsOf(rig, 'expire-queues')).toBeGreaterThan(before + 1), patience);
});

trial(
  'what BullMQ and the records have of a job that had another name goes when a janitor starts',
  async (rig, start) => {
    const records = new JobRecords(rig.link);
    await records.announce({ job: 'sweep-queues', everySeconds: 10, why: 'It had this name.' });
    await rig.redis.zadd('{or:bull}:sweep-queues:repeat', 1, 'sweep-queues');
    await rig.redis.hset('{or:bull}:sweep-queues:meta', 'concurrency', 1);
    const janitor = await start({ redisUrl: rig.server.url });
    expect((await records.list()).map(({ job }) => job)).toEqual([...jobNames].sort());
    expect(await rig.redis.keys('{or:bull}:sweep-queues:*')).toEqual([]);
    expect(eventsOf(janitor)).toContain('job.removed');
  },
);
