import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { askRedis, type Cluster, type RunningEdge, startCluster } from '@openrelay/launch';
import { eventually, type TestDevice } from '@openrelay/testing';
import { answerTo, collect, connectDevice, connectedPair, placements, sendAndAwaitAck } from '../../src';
import { endBalanced } from './fault-cluster';

const preload = join(__dirname, 'shifted-redis-clock.cjs');
let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ edges: 2, env: { NODE_OPTIONS: `--require ${preload}` } });
});
afterAll(() => endBalanced(cluster));
beforeEach(async () => {
  await shift(0);
  await Promise.all(cluster.edges.map(noticed));
});

async function shift(seconds: number): Promise<void> {
  await askRedis(cluster.redis.url, ['SET', 'test:clock-shift', String(seconds)]);
}

/** An edge that has not heard of the time since the clock was set forward refuses the first who ask. */
async function noticed(edge: RunningEdge): Promise<void> {
  await eventually(async () => {
    const device = await connectDevice(edge);
    device.sendFrame({ type: 'Register', payload: { hardware_id: device.hardwareId } });
    await device.next('RegisterResponse', { timeoutMs: 500 }).finally(() => device.terminate());
  });
}

/** Messages that live for less than what the clock was set by. */
async function sendShortLived(sender: TestDevice, recipientId: string, count: number): Promise<unknown[]> {
  const sent: unknown[] = [];
  for (let i = 0; i < count; i += 1)
    sent.push((await sendAndAwaitAck(sender, recipientId, { ttl: 3 })).sent.message_id);
  return sent;
}

async function received(recipient: TestDevice, count: number): Promise<unknown[]> {
  return (await collect(recipient, 'Receive', count)).map(({ payload }) => payload.message_id);
}

test.each(placements)('a clock of Redis that is set back by 30 s holds up no message: $where', async ({ from, to }) => {
  const { sender, recipient } = await connectedPair(cluster, { from, to }, { acks: true });
  await sendShortLived(sender, recipient.hardwareId, 1);
  await received(recipient, 1);
  await shift(-30);
  const sent = await sendShortLived(sender, recipient.hardwareId, 20);
  expect(await received(recipient, 20)).toEqual(sent);
});

test('a clock of Redis that is set forward by 10 min refuses what is asked before it is noticed, and then all goes on', async () => {
  const { sender, recipient } = await connectedPair(cluster, { from: 0, to: 1 }, { acks: true });
  await shift(600);
  await eventually(async () => {
    const { message_id } = sender.sendMessage(recipient.hardwareId, { ttl: 3 });
    expect((await answerTo(sender, message_id)).type).toBe('Ack');
    await eventually(() => expect(recipient.frames.map(({ payload }) => payload.message_id)).toContain(message_id), {
      timeoutMs: 3000, // it lives no longer
    });
  });
  const refusals = sender.frames.filter(({ type }) => type === 'Error');
  expect(refusals.filter(({ payload }) => payload.code !== 503)).toEqual([]);
});
