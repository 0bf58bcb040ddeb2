import { describe, expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { agreeOnShards, DeploymentMismatch, NodeDirectory, type NodeReport } from '../../src/index';
import { deploymentKey, nodeKey, nodesKey } from '../../src/scripts/keys';
import { openInbox } from './open-inbox';
import { freshName, useStateRig } from './state-rig';

const rig = useStateRig();
const report: NodeReport = {
  startedAtMs: 1_760_000_000_000,
  connections: 12,
  draining: 'no',
  rssBytes: 123_456_789,
  cpuPercent: 12.5,
  eventLoopDelayMs: 0.25,
  redisRoundTripMs: 0.4,
  messagesPerSecond: 1200.5,
  port: 3000,
  storePressure: 0,
  storeBudgetBytes: 768 * 1024 * 1024,
};

function directory(): NodeDirectory {
  return new NodeDirectory(rig.link);
}

describe('a node', () => {
  test('that beats is listed with what it tells of itself, for 15 s', async () => {
    const node = freshName('node');
    await directory().beat(node, report);
    const told = Object.entries(report).map(([name, value]) => [name, String(value)]);
    expect(await rig.redis.hgetall(nodeKey(node))).toEqual({ ...Object.fromEntries(told), layout: '2' });
    const life = await rig.redis.pttl(nodeKey(node));
    expect(life).toBeGreaterThan(10_000);
    expect(life).toBeLessThanOrEqual(15_000);
    const beatAtMs = Number(await rig.redis.zscore(nodesKey, node));
    expect(Math.abs(beatAtMs - rig.link.clock.now())).toBeLessThan(5000);
    expect(await rig.redis.pttl(nodesKey)).toBeGreaterThan(0);
  });

  test('learns with its heartbeats how many nodes there are, by the larger of the last two', async () => {
    const server = await rig.ownRedis();
    const link = await rig.openLink({ url: server.url });
    const [mine, theirs] = [new NodeDirectory(link), new NodeDirectory(link)];
    expect(mine.size).toBe(64); // a guess
    await theirs.beat('theirs', report);
    await mine.beat('mine', report);
    await mine.beat('mine', report);
    expect(mine.size).toBe(2);
    await askRedis(server.url, ['FLUSHALL']);
    await mine.beat('mine', report);
    expect(mine.size).toBe(2);
    await mine.beat('mine', report);
    expect(mine.size).toBe(1);
  });

  test('that leaves is listed no more', async () => {
    const [node, other] = [freshName('node'), freshName('node')];
    await directory().beat(node, report);
    await directory().beat(other, report);
    await directory().leave(node);
    expect(await rig.redis.exists(nodeKey(node))).toBe(0);
    const listed = await rig.redis.zrange(nodesKey, '0', '-1');
    expect(listed).toContain(other);
    expect(listed).not.toContain(node);
  });

  test('that has not beaten for ten minutes is forgotten by the beat of another', async () => {
    const [dead, quiet] = [freshName('node'), freshName('node')];
    const now = rig.link.clock.now();
    await rig.redis.zadd(nodesKey, now - 601_000, dead, now - 500_000, quiet);
    await directory().beat(freshName('node'), report);
    const listed = await rig.redis.zrange(nodesKey, '0', '-1');
    expect(listed).toContain(quiet);
    expect(listed).not.toContain(dead);
  });
});

describe('the list of nodes', () => {
  test('has what each tells, and no report of those that fell silent', async () => {
    const [alive, dead] = [freshName('node'), freshName('node')];
    await directory().beat(alive, report);
    await directory().beat(dead, { ...report, draining: 'yes' });
    const both = await directory().list();
    expect(both.map(({ node }) => node)).toEqual(both.map(({ node }) => node).sort());
    expect(both.find(({ node }) => node === alive)!.report).toEqual(report);
    expect(both.find(({ node }) => node === dead)!.report!.draining).toBe('yes');

    await rig.redis.del(nodeKey(dead)); // as after 15 s
    const listed = await directory().list();
    const silent = listed.find(({ node }) => node === dead)!;
    expect(silent.report).toBeUndefined();
    expect(Math.abs(silent.lastSeenMs - rig.link.clock.now())).toBeLessThan(5000);
    expect(listed.find(({ node }) => node === alive)!.report).toEqual(report);
  });

  test('reads the report of an older version, with 0 for what that did not tell', async () => {
    const node = freshName('node');
    await directory().beat(node, report);
    await rig.redis.hdel(nodeKey(node), 'rssBytes', 'port');
    const listed = (await directory().list()).find((each) => each.node === node)!;
    expect(listed.report).toEqual({ ...report, rssBytes: 0, port: 0 });
  });
});

describe('a node that is asked to drain', () => {
  test('hears it', async () => {
    const opened = openInbox(rig, { shards: 2 });
    await eventually(() => expect(opened.inbox.isComplete).toBe(true));
    expect(await directory().askToDrain(opened.node)).toBe('asked');
    await eventually(() => expect(opened.notices).toEqual([{ kind: 'drain' }]));
  });

  test('is unknown when nobody of its name listens', async () => {
    expect(await directory().askToDrain(freshName('node'))).toBe('unknown');
  });
});

describe('the number of shards', () => {
  test('is set by the first node and holds for every later one', async () => {
    await rig.redis.del(deploymentKey);
    await agreeOnShards(rig.link, 16);
    await agreeOnShards(rig.link, 16);
    const refused = agreeOnShards(rig.link, 32);
    await expect(refused).rejects.toThrow(DeploymentMismatch);
    await expect(refused).rejects.toThrow(/RELAY_SHARDS is 32.*set up with 16 shards.*RELAY_SHARDS=16/);
    await agreeOnShards(rig.link, 16);
  });
});
