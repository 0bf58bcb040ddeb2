/** What the page says while something fails, and after. */
import { expect, test } from '@jest/globals';
import { type RunningEdge, type RunningOps, startEdge, startOps, startRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { Crowd } from '../crowd';
import { patience, settings, usePageRig } from './page-rig';

const rig = usePageRig();

test('it says since when it is stale as soon as ops dies, and goes on when ops is back', async () => {
  const own = await startOps({ redisUrl: rig.cluster.redis.url });
  let back: RunningOps | undefined;
  try {
    await rig.open({}, own.url);
    await rig.isLive();
    own.kill('SIGKILL');
    await eventually(async () => expect(await rig.textOf('#verdict')).toMatch(/Stale since \d\d:\d\d:\d\d/), patience);
    expect(await rig.textOf('#verdict-detail')).toContain('Trying again');
    expect(await rig.page.title()).toContain('Stale since');
    expect(await rig.page.getAttribute('body', 'data-state')).toBe('stale');
    back = await startOps({ redisUrl: rig.cluster.redis.url, port: own.port });
    await rig.isLive();
    expect(await rig.textOf('#verdict')).not.toContain('Stale');
  } finally {
    await own.stop('SIGKILL');
    await back?.stop();
  }
}, 150_000);

test('it says so when ops hangs', async () => {
  const own = await startOps({ redisUrl: rig.cluster.redis.url });
  try {
    await rig.open({}, own.url);
    await rig.isLive();
    own.kill('SIGSTOP');
    await eventually(async () => expect(await rig.textOf('#verdict')).toContain('Stale since'), patience);
    own.kill('SIGCONT');
    await rig.isLive();
  } finally {
    await own.stop();
  }
}, 150_000);

test('it says that Redis is away, and shows the cluster again when it is back', async () => {
  await rig.open();
  await rig.isLive();
  process.kill(rig.cluster.redis.pid, 'SIGSTOP');
  try {
    await eventually(async () => expect(await rig.textOf('#verdict')).toMatch(/Stale since .+Redis is away/), patience);
  } finally {
    process.kill(rig.cluster.redis.pid, 'SIGCONT');
  }
  await rig.isLive();
}, 150_000);

test('a new deployment is told what to start', async () => {
  const empty = await startRedis();
  const own = await startOps({ redisUrl: empty.url });
  let first: RunningEdge | undefined;
  try {
    await rig.open({}, own.url);
    await eventually(async () => expect(await rig.textOf('#verdict')).toContain('./scripts/up'), patience);
    first = await startEdge({ redisUrl: empty.url, env: settings });
    await eventually(async () => expect(await rig.textOf('#nodes')).toContain('up'), patience);
    await first.stop();
    await eventually(async () => expect(await rig.page.locator('#nodes-empty').isVisible()).toBe(true), patience);
    expect(await rig.textOf('#nodes-empty')).toContain('Start one with ./scripts/up');
    expect(await rig.textOf('#verdict')).toContain('No node is up.');
  } finally {
    await own.stop();
    await first?.stop();
    await empty.stop();
  }
}, 150_000);

test('it goes on, and can be opened, while a crowd of the same address holds connections and asks for too much', async () => {
  const crowd = new Crowd(rig.ops.port);
  try {
    await rig.open();
    await rig.isLive();
    await crowd.open(600);
    crowd.flood(20, 'GET /api/nodes HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200));
    crowd.flood(20, 'GET /api/nodes HTTP/1.1\r\nHost: localhost\r\n\r\n');
    for (let round = 0; round < 3; round += 1) {
      const before = await rig.numberIn('#ledger-accepted');
      await eventually(async () => expect(await rig.numberIn('#ledger-accepted')).toBeGreaterThan(before), patience);
      expect(await rig.textOf('#verdict')).not.toContain('Stale');
    }
    await rig.close();
    await rig.open();
    await rig.isLive();
    expect(rig.complaints).toEqual([]);
  } finally {
    crowd.end();
  }
}, 150_000);

test('an edge that was killed is shown as silent, and the verdict says so', async () => {
  await rig.open();
  await rig.isLive();
  rig.cluster.edge(1).kill('SIGKILL');
  await eventually(async () => expect(await rig.textOf('#nodes')).toContain('silent'), patience);
  expect(await rig.textOf('#verdict')).toMatch(/wrong.*Node [0-9a-f]{12} is silent\./);
  expect(await rig.page.locator('#nodes tr').count()).toBe(2);
}, 120_000);
