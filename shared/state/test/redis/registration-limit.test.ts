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
  return (await registry.register(shard, [{ shard, device, session, sinceMs, proof }]))[0]!;
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
    const before = await rig.mailbox(shard, device);
    const heard = await rig.listen(shard, nodes[1]!);
    for (const node of [...nodes, freshName('node')]) {
      const limited = await register(shard, device, { node });
      expect(limited).toEqual({ status: 'limited', retryAfterMs: expect.any(Number) });
      const { retryAfterMs } = limited as { retryAfterMs: number };
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    }
    expect(await rig.mailbox(shard, device)).toEqual(before);
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
    const { session } = (await rig.mailbox(shard, device))!;
    const again = session.replace(/1$/, '2');
    expect(await register(shard, device, { session: again })).toMatchObject({
      status: 'registered',
      replaced: session,
    });
    const sinceMs = answer.status === 'registered' ? answer.sinceMs + 1000 : 0;
    await rig.redis.del(rig.key(shard, 'box', device));
    expect(await register(shard, device, { session: again, sinceMs })).toMatchObject({ status: 'registered' });
  });

  test('are counted when they end within a minute, and not when they last', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const key = rig.key(shard, 'registrations', device);
    for (const [round, { agoMs, ended }] of [
      { agoMs: 61_000, ended: 0 },
      { agoMs: 20_000, ended: 1 },
    ].entries()) {
      const session = freshSession(rig.node);
      await register(shard, device, { session });
      expect(await rig.redis.exists(key)).toBe(0);
      await rig.changeMailbox(shard, device, { since: rig.link.clock.now() - agoMs });
      if (round === 0) await register(shard, device, { session: freshSession(rig.node) });
      else await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
      expect(Number(await rig.redis.get(key))).toBe(ended);
      if (round === 0) await rig.redis.del(rig.key(shard, 'box', device));
    }
    expect(await rig.redis.pttl(key)).toBeGreaterThan(35_000);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(40_000);
  });

  test('are counted over connections that left, too', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    for (let i = 0; i < most; i += 1) {
      const session = freshSession(rig.node);
      expect(await register(shard, device, { session })).toMatchObject({ status: 'registered' });
      await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
    }
    expect(await register(shard, device)).toEqual({ status: 'limited', retryAfterMs: expect.any(Number) });
  });

  test('are not used up by who has not its key', async () => {
    const [shard, device, key] = [freshShard(), freshDevice(), randomBytes(32)];
    await register(shard, device, { proof: { key } });
    for (let i = 0; i < 2 * most; i += 1) expect(await register(shard, device)).toEqual({ status: 'unproven' });
    expect(await register(shard, device, { proof: { key } })).toMatchObject({ status: 'registered' });
  });
});
