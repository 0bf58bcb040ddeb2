import { expect, test } from '@jest/globals';
import { startEdge } from '@openrelay/launch';
import { eventually, freshHardwareId } from '@openrelay/testing';
import {
  claimedDevice,
  connectDevice,
  errorOf,
  exchange,
  registerClaimed,
  registeredDevice,
  sendAndAwaitAck,
  untilReady,
} from '../../src';
import { end } from './fault-cluster';
import { loneEdgeSettings, useLoneEdge } from './use-lone-edge';

/** Nobody gets near these. */
const lone = useLoneEdge({
  RELAY_POINTS_PER_MINUTE: '5000',
  RELAY_MONTHLY_LIMIT_BYTES: '10000000',
  RELAY_WARNING_THRESHOLD_BYTES: '10000000',
});

/** An edge that was set up otherwise would split the queues. */
async function expectOthersRefused(): Promise<void> {
  const shards = () => lone.ask('HGET', 'or:deployment', 'shardCount');
  await eventually(async () => expect(await shards()).toBe('16'));
  const other = startEdge({ redisUrl: lone.redis.url, env: { ...loneEdgeSettings, RELAY_SHARDS: '8' } });
  await expect(other).rejects.toThrow('RELAY_SHARDS is 8');
}

test('the number of shards is agreed on again in a Redis that comes back empty', async () => {
  await end(lone.redis, 'SIGKILL');
  await lone.redis.restart();
  await untilReady(lone.edge);
  await expectOthersRefused();
});

test('the number of shards is agreed on again in a Redis that was emptied', async () => {
  await lone.ask('FLUSHALL');
  await expectOthersRefused();
});

test('of a Redis that was emptied what waited is gone, and devices are registered again by themselves', async () => {
  const [sender, recipient] = [await registeredDevice(lone.edge), await registeredDevice(lone.edge)];
  const absent = freshHardwareId();
  await sendAndAwaitAck(sender, absent);
  await lone.ask('FLUSHALL');
  // Seldom: until it is registered again Redis has never seen the recipient, and keeps twenty messages for it.
  const delivered = async () => {
    expect((await sendAndAwaitAck(sender, recipient.hardwareId)).answer.status).toBe('delivered');
  };
  await eventually(delivered, { intervalMs: 1000 });
  const late = await connectDevice(lone.edge);
  expect((await late.register(absent)).payload.limits).toMatchObject({ queued: 0 });
  await exchange(sender, late);
});

test('of a Redis that was emptied the windows of limits and the month begin anew', async () => {
  const device = await registeredDevice(lone.edge);
  const pointsLeft = async () => {
    const { limits } = (await device.register()).payload as { limits: Record<string, number> };
    return limits.points_left;
  };
  const usedPercent = async () => {
    const text = await (await fetch(`${lone.edge.httpUrl}/bandwidth-status`)).text();
    return Number(/\((\d+\.\d\d)%\)$/.exec(text)?.[1]);
  };
  await sendAndAwaitAck(device, freshHardwareId(), { encrypted_data: 'A'.repeat(50_000) });
  expect(await pointsLeft()).toBeLessThan(5000);
  const month = "return redis.call('GET', redis.call('KEYS', 'or:{bandwidth}:????-??')[1])";
  await eventually(async () => expect(Number(await lone.ask('EVAL', month, '0'))).toBeGreaterThan(50_000));
  expect(await usedPercent()).toBeGreaterThan(0.5);
  await lone.ask('FLUSHALL');
  expect(await pointsLeft()).toBe(5000);
  await eventually(async () => expect(await usedPercent()).toBeLessThan(0.5));
});

test('a device that is bound to a key is bound to it again, by its connection, when Redis comes back empty', async () => {
  const sender = await registeredDevice(lone.edge);
  const { device, signer } = await claimedDevice(lone.edge, { acks: true });
  const { hardwareId } = device;
  const claims = () => lone.ask('EVAL', "return #redis.call('KEYS', 'or:*:claim:' .. ARGV[1])", '0', hardwareId);
  expect(await claims()).toBe('1');
  await end(lone.redis, 'SIGKILL');
  await lone.redis.restart();
  await untilReady(lone.edge);
  await eventually(async () => expect(await claims()).toBe('1'));

  const thief = await connectDevice(lone.edge);
  thief.sendFrame({ type: 'Register', payload: { hardware_id: hardwareId } });
  expect(await errorOf(thief)).toMatchObject({ code: 401 });
  await exchange(sender, device);
  const newer = await connectDevice(lone.edge);
  newer.hardwareId = hardwareId;
  expect((await registerClaimed(newer, signer)).payload).toMatchObject({ claimed: true });
  expect((await device.closed).code).toBe(4001);
});
