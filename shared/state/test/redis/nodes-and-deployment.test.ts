import { describe, expect, it } from '@jest/globals';
import { agreeOnShards, DeploymentMismatch, NodeDirectory } from '../../src/index';
import { deploymentKey, nodeKey, nodesKey } from '../../src/keys';
import { freshName, useStateRig } from './state-rig';

const rig = useStateRig();
const report = { startedAtMs: 1_760_000_000_000, connections: 12, draining: 'no' } as const;

describe('a node', () => {
  it('that beats is listed with what it tells of itself, for 15 s', async () => {
    const node = freshName('node');
    await new NodeDirectory(rig.link, node).beat(report);
    expect(await rig.redis.hgetall(nodeKey(node))).toEqual({
      startedAtMs: '1760000000000',
      connections: '12',
      draining: 'no',
    });
    const life = await rig.redis.pttl(nodeKey(node));
    expect(life).toBeGreaterThan(10_000);
    expect(life).toBeLessThanOrEqual(15_000);
    const beatAtMs = Number(await rig.redis.zscore(nodesKey, node));
    expect(Math.abs(beatAtMs - rig.link.clock.now())).toBeLessThan(5000);
    expect(await rig.redis.pttl(nodesKey)).toBeGreaterThan(0);
  });

  it('that leaves is listed no more', async () => {
    const [node, other] = [freshName('node'), freshName('node')];
    const directory = new NodeDirectory(rig.link, node);
    await directory.beat(report);
    await new NodeDirectory(rig.link, other).beat(report);
    await directory.leave();
    expect(await rig.redis.exists(nodeKey(node))).toBe(0);
    const listed = await rig.redis.zrange(nodesKey, '0', '-1');
    expect(listed).toContain(other);
    expect(listed).not.toContain(node);
  });

  it('that has not beaten for an hour is forgotten by the beat of another', async () => {
    const [dead, quiet] = [freshName('node'), freshName('node')];
    const now = rig.link.clock.now();
    await rig.redis.zadd(nodesKey, now - 3_601_000, dead, now - 3_500_000, quiet);
    await new NodeDirectory(rig.link, freshName('node')).beat(report);
    const listed = await rig.redis.zrange(nodesKey, '0', '-1');
    expect(listed).toContain(quiet);
    expect(listed).not.toContain(dead);
  });
});

describe('the number of shards', () => {
  it('is set by the first node and holds for every later one', async () => {
    await rig.redis.del(deploymentKey);
    await agreeOnShards(rig.link, 16);
    await agreeOnShards(rig.link, 16);
    const refused = agreeOnShards(rig.link, 32);
    await expect(refused).rejects.toThrow(DeploymentMismatch);
    await expect(refused).rejects.toThrow(/RELAY_SHARDS is 32.*set up with 16 shards.*RELAY_SHARDS=16/);
    await agreeOnShards(rig.link, 16);
  });
});
