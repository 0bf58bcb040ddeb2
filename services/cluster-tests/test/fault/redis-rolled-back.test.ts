import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually, TestDevice } from '@openrelay/testing';
import { untilReady } from '../../src';
import { depthOfAll } from '../../src/devices/mailbox-commands';
import { end, FaultCluster } from './fault-cluster';

// A Redis that died or failed over may come back without the last second: then the counters of its queues went back, too.

let cluster: FaultCluster;
let sender: TestDevice;
let recipient: TestDevice;

beforeEach(async () => {
  cluster = await FaultCluster.start({ redisArguments: ['--appendfsync', 'always'] });
  sender = await TestDevice.connect(cluster.edges[0].url);
  recipient = await TestDevice.connect(cluster.edges[1].url);
  await sender.register();
  await recipient.register(recipient.hardwareId, { acks: true });
});

afterEach(async () => {
  sender.terminate();
  recipient.terminate();
  await cluster.stop();
});

/** Answers the ids of messages that were accepted and have arrived. */
async function exchange(count: number, reaction: 'acked' | 'unacked'): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const { message_id: id } = sender.sendMessage(recipient.hardwareId);
    await sender.next('Ack');
    expect((await recipient.next('Receive')).payload.message_id).toBe(id);
    if (reaction === 'acked') recipient.ack(id);
    ids.push(id);
  }
  return ids;
}

function queued(): Promise<number> {
  return cluster.ask(...depthOfAll).then(Number);
}

async function untilQueued(count: number): Promise<void> {
  await eventually(async () => expect(await queued()).toBe(count));
}

async function rollBack(copy: string): Promise<void> {
  await end(cluster.redis, 'SIGKILL');
  cluster.restoreData(copy);
  await cluster.redis.restart();
  await Promise.all(cluster.edges.map(untilReady));
}

test('after Redis lost what came last, new messages are delivered at once and none is delivered twice on one connection', async () => {
  const early = await exchange(3, 'unacked');
  const copy = cluster.copyData();
  const lost = await exchange(10, 'unacked');

  await rollBack(copy);

  const late = await exchange(10, 'unacked');
  const received = recipient.frames.filter(({ type }) => type === 'Receive').map(({ payload }) => payload.message_id);
  expect(received).toEqual([...early, ...lost, ...late]);
});

test('what was acked before Redis lost it does not come again on that connection, and leaves the queue', async () => {
  const early = await exchange(5, 'unacked');
  const copy = cluster.copyData();
  for (const id of early) recipient.ack(id);
  await untilQueued(0);

  await rollBack(copy);

  await untilQueued(0);
  await exchange(1, 'unacked');
});

test.each([5, 500])(
  '%i messages acked while Redis is away do not come again, and leave the queue when it is back',
  async (count) => {
    const early = await exchange(count, 'unacked');
    await end(cluster.redis, 'SIGKILL');
    for (const id of early) recipient.ack(id);
    sender.sendMessage(recipient.hardwareId);
    expect((await sender.next('Error')).payload.code).toBe(503);

    await cluster.redis.restart();
    await untilQueued(0);

    await Promise.all(cluster.edges.map(untilReady)); // the sender's may be later than the recipient's
    await exchange(1, 'unacked');
  },
);
