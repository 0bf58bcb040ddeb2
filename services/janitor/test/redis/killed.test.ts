import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { NetworkFault, repositoryRoot, startChild, startJanitor } from '@openrelay/launch';
import { AuditRecords, BandwidthLedger, BandwidthMonths, MetricsReader, MetricsWriter } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { type JobName, jobNames } from '../../src/jobs/schedule';
import { allSucceeded, freshDevice, freshNode, hourMs, JanitorRig, messagesTo, patience } from './janitor-rig';

/** So that a job of a few dozen calls takes seconds, and can be met in the midst of it. */
const delayMs = 40;
/** What a call of the sweep looks at, and what it has read ahead. */
const pageMessages = 520;

const sums = { queues: 400, messages: 4000, devices: 1200, emptied: 2400, hours: 5, months: 13 };

/** What a test left to be ended. */
const left: (() => unknown)[] = [];

afterAll(async () => {
  for (const end of left.reverse()) await end();
});

/** Something to do for every job, and more of it than a few calls can. */
async function fill(rig: JanitorRig): Promise<void> {
  const silent = freshNode();
  await rig.beat(silent);
  for (let i = 0; i < sums.queues; i += 1) await rig.accept(i % 4, messagesTo(freshDevice(), 10, 0));
  for (let i = 0; i < sums.devices; i += 1) await rig.register(i % 4, freshDevice(), silent);
  await rig.endHeartbeat(silent);
  await fillIndexes(rig);
  await fillMetrics(rig);
  await fillMonths(rig);
}

async function fillIndexes({ redis, link }: JanitorRig): Promise<void> {
  const laterMs = link.clock.now() + hourMs;
  for (let i = 0; i < sums.emptied; i += 1) await redis.zadd(`or:{${i % 4}}:expiry`, laterMs, `EMPTIED${i}`);
}

async function fillMetrics({ link }: JanitorRig): Promise<void> {
  const writer = new MetricsWriter(link, freshNode());
  const runningMs = Math.floor(link.clock.now() / hourMs) * hourMs;
  for (let hour = 1; hour <= sums.hours; hour += 1) {
    const minute = new Date(runningMs - hour * hourMs).toISOString().slice(0, 16);
    await writer.add({ ...writer.nextFlush(), minute }, new Map([['pulls', hour]]));
  }
}

async function fillMonths({ link }: JanitorRig): Promise<void> {
  const ledger = new BandwidthLedger(link, freshNode());
  const now = new Date(link.clock.now());
  for (let ago = 0; ago <= sums.months; ago += 1) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago)).toISOString().slice(0, 7);
    await ledger.add(month, ledger.nextFlush(), 100 + ago);
  }
}

async function sumOf(key: (shard: number) => Promise<number>): Promise<number> {
  const amounts = await Promise.all([0, 1, 2, 3].map(key));
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function expiredOf(rig: JanitorRig): Promise<number> {
  return sumOf(async (shard) => (await rig.ledger(shard)).expired ?? 0);
}

/** Of some jobs it can be seen that they did a part of their work; of others only that they have begun. */
const progress: Partial<Record<JobName, (rig: JanitorRig) => Promise<boolean>>> = {
  'expire-queues': async (rig) => (await expiredOf(rig)) > 0,
  'reap-nodes': async (rig) =>
    (await sumOf(async (shard) => (await rig.redis.keys(`or:{${shard}}:box:*`)).length)) < sums.devices,
  'roll-up-metrics': async (rig) => (await rig.redis.keys('or:{metrics}:hour:*')).length > 0,
  'close-months': async (rig) => (await rig.redis.hlen('or:{bandwidth}:months')) > 0,
  'remove-idle-keys': async (rig) => (await sumOf((shard) => rig.redis.zcard(`or:{${shard}}:expiry`))) < sums.emptied,
};

/** Kills a janitor while it is in the midst of the job. */
async function killIn(job: JobName, rig: JanitorRig, url: string): Promise<void> {
  const killed = await startChild({
    command: process.execPath,
    args: [join(repositoryRoot, 'services/janitor/dist/main.js')],
    env: { PATH: process.env.PATH, REDIS_URL: url },
  });
  left.push(() => killed.kill('SIGKILL'));
  await eventually(
    async () => {
      expect(await rig.recordOf(job)).toMatchObject({ lastStartedAtMs: expect.any(Number) });
      expect((await progress[job]?.(rig)) ?? true).toBe(true);
    },
    { timeoutMs: 60_000, intervalMs: 2 },
  );
  await killed.stop('SIGKILL', 0);
  expect((await rig.recordOf(job))!.lastSucceededAtMs).toBeUndefined();
}

async function nothingIsLost(rig: JanitorRig): Promise<void> {
  // Swept, reaped and tidied: every shard is as if there had never been anything but its books.
  for (let shard = 0; shard < 4; shard += 1) {
    await eventually(async () => expect(await rig.keysOf(shard)).toEqual([`or:{${shard}}:ledger`]), patience);
  }
  expect(await expiredOf(rig)).toBe(sums.messages);
  expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
  const counted = await rig.counted('messages_expired');
  expect(counted).toBeLessThanOrEqual(sums.messages);
  expect(counted).toBeGreaterThanOrEqual(sums.messages - pageMessages); // the page that a janitor died with
  expect((await new AuditRecords(rig.link).read())!.unbalancedShards).toBe(0);
}

async function nothingIsCountedTwice(rig: JanitorRig): Promise<void> {
  const nowMs = rig.link.clock.now();
  const hours = await new MetricsReader(rig.link).periods('hour', nowMs - 10 * hourMs, nowMs);
  const pulls = hours.map(({ fields }) => fields.get('pulls')).filter((amount) => amount !== undefined);
  expect(pulls).toEqual([5, 4, 3, 2, 1]);
  const months = await new BandwidthMonths(rig.link).closedMonths();
  expect([...months.values()].reverse()).toEqual(Array.from({ length: sums.months }, (_, i) => 101 + i));
}

// At once: each waits some ten seconds for the lock of the killed one to end.
test.concurrent.each(jobNames)(
  'a janitor killed in the midst of %s loses nothing, and another one ends what it began',
  async (job) => {
    const rig = new JanitorRig(4);
    await rig.start();
    left.push(() => rig.stop());
    await fill(rig);
    const network = await NetworkFault.start(rig.server.url);
    network.delay(delayMs);
    left.push(() => network.close());
    await killIn(job, rig, network.url);
    const finisher = await startJanitor({ redisUrl: rig.server.url });
    left.push(() => finisher.stop('SIGKILL'));
    await allSucceeded(rig.link);
    await nothingIsLost(rig);
    await nothingIsCountedTwice(rig);
  },
  240_000,
);
