import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { eventually } from '@openrelay/testing';
import type { Proof, Registered } from '../../src/index';
import { freshDevice, freshName, freshShard, useStateRig } from './state-rig';

const rig = useStateRig();
const most = 30;
let connections = 0;

type Asked = { node?: string; session?: string; sinceMs?: number; proof?: Proof };

/** The session of a connection that is new on a node. */
function freshSession(node: string): string {
  connections += 1;
  return `${node}.${connections}.1`;
}

async function register(shard: number, device: DeviceKey, asked: Asked = {}): Promise<Registered> {
  const { node = rig.node, session = freshSession(node), sinceMs = 0, proof } = asked;
  const registry = rig.registry(node, { registrationsPerMinute: most });
  return (await registry.register(shard, [{ device, session, sinceMs, proof }]))[0]!;
}

async function useUp(shard: number, device: DeviceKey, nodes: string[], proof?: Proof): Promise<Registered> {
  let answer!: Registered;
  for (let i = 0; i < most; i += 1)
    answer = await register(shard, device, { node: nodes[i % nodes.length]!, ...(proof && { proof }) });
  return answer;
}

describe('the registrations of one id', () => {
  test('are 30 a minute over all nodes; a further one changes nothing', async () => {
    const [shard, device, nodes] = [freshShard(), freshDevice(), [freshName('node'), freshName('node')]];
    expect(await useUp(shard, device, nodes)).toMatchObject({ status: 'registered' });
    const before = await rig.redis.hgetall(rig.key(shard, 'device', device));
    const heard = await rig.listen(shard, nodes[1]!);
    for (const node of [...nodes, freshName('node')]) {
      const limited = await register(shard, device, { node });
      expect(limited).toEqual({ status: 'limited', retryAfterMs: expect.any(Number) });
      const { retryAfterMs } = limited as { retryAfterMs: number };
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    }
    expect(await rig.redis.hgetall(rig.key(shard, 'device', device))).toEqual(before);
    expect(heard.records).toEqual([]);
    expect(await register(shard, freshDevice())).toMatchObject({ status: 'registered' });
  });

  test('begin anew when the minute is over, also when the clock of Redis was set back', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const key = rig.key(shard, 'registrations', device);
    await useUp(shard, device, [rig.node]);
    await rig.redis.pexpire(key, 1);
    await eventually(async () => expect(await rig.redis.exists(key)).toBe(0));
    expect(await register(shard, device)).toMatchObject({ status: 'registered' });
    await useUp(shard, device, [rig.node]);
    await rig.redis.pexpire(key, 3_600_000);
    expect(await register(shard, device)).toMatchObject({ status: 'registered' });
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(60_000);
  });

  test('are not counted of the connection that holds it: Online after Offline, and after an outage', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const answer = await useUp(shard, device, [rig.node]);
    const [session] = await rig.redis.hmget(rig.key(shard, 'device', device), 'session');
    const again = session!.replace(/1$/, '2');
    expect(await register(shard, device, { session: again })).toMatchObject({
      status: 'registered',
      replaced: session,
    });
    const sinceMs = answer.status === 'registered' ? answer.sinceMs + 1000 : 0;
    await rig.redis.del(rig.key(shard, 'device', device));
    expect(await register(shard, device, { session: again, sinceMs })).toMatchObject({ status: 'registered' });
  });

  test('are not used up by who has not its key', async () => {
    const [shard, device, key] = [freshShard(), freshDevice(), randomBytes(32)];
    await register(shard, device, { proof: { key } });
    for (let i = 0; i < 2 * most; i += 1) expect(await register(shard, device)).toEqual({ status: 'unproven' });
    expect(await register(shard, device, { proof: { key } })).toMatchObject({ status: 'registered' });
  });
});
