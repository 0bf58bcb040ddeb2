import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  askRedis,
  type Cluster,
  type RunningEdge,
  type RunningRedis,
  startClusterOn,
  startRedis,
} from '@openrelay/launch';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import { collect, errorOf, registeredDevice } from '../../src';

let cluster: Cluster;
let replica: RunningRedis;

beforeEach(async () => {
  const atOnce = ['--repl-diskless-sync-delay', '0'];
  const master = await startRedis({ appendOnly: true, extraArgs: atOnce });
  replica = await startRedis();
  await askRedis(replica.url, ['REPLICAOF', master.host, String(master.port)]);
  // What is written may reach a new replica only a second after it says that it is in step.
  await askRedis(master.url, ['SET', 'in-step', 'yes']);
  await eventually(async () => expect(await askRedis(replica.url, ['GET', 'in-step'])).toBe('yes'), {
    timeoutMs: 30_000,
  });
  cluster = await startClusterOn(master, { edges: 2, env: { RELAY_MIN_REPLICAS: '1' } });
});

afterEach(async () => {
  await cluster.stop('SIGKILL');
  await replica.stop();
});

/** Told while the replica is still stopped: the answer did not wait for it. */
async function expectUnconfirmed(sender: TestDevice, messageId: string): Promise<void> {
  expect(await errorOf(sender)).toMatchObject({ code: 503, message_id: messageId });
}

/** Says again what was refused, until it is acked. */
async function ackedAtLast(sender: TestDevice, recipientId: string, messageId: string): Promise<void> {
  await eventually(async () => {
    const before = sender.frames.length;
    sender.sendMessage(recipientId, { message_id: messageId });
    await eventually(() => expect(sender.frames.length).toBeGreaterThan(before));
    const { type, payload } = sender.frames.at(-1)!;
    expect({ type, id: payload.message_id }).toEqual({ type: 'Ack', id: messageId });
  });
}

test('a message is acked when a replica has it, online and offline', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await registeredDevice(cluster.edge(1), { acks: true });
  const message_id = randomUUID();
  // A slow machine's replica may be late at first.
  await ackedAtLast(sender, recipient.hardwareId, message_id);
  expect((await recipient.next('Receive')).payload.message_id).toBe(message_id);
  await ackedAtLast(sender, freshHardwareId(), randomUUID());
});

test.each([
  ['online', async (edge: RunningEdge) => registeredDevice(edge, { acks: true })],
  ['offline', async () => undefined],
])(
  'without replicas it is answered 503 in time, and acked when sent again with them, delivered once: %s',
  async (_name, online) => {
    const sender = await registeredDevice(cluster.edge(0));
    const hardwareId = freshHardwareId();
    let recipient = await online(cluster.edge(1));
    const recipientId = recipient?.hardwareId ?? hardwareId;
    const message_id = randomUUID();

    replica.kill('SIGSTOP');
    const sent = sender.sendMessage(recipientId, { message_id });
    await expectUnconfirmed(sender, message_id);

    replica.kill('SIGCONT');
    await ackedAtLast(sender, recipientId, message_id);
    recipient ??= await registeredDevice(cluster.edge(1), { hardwareId, acks: true });
    expect((await recipient.next('Receive')).payload).toEqual(sent);
    const next = randomUUID();
    await ackedAtLast(sender, recipientId, next);
    expect((await recipient.next('Receive')).payload.message_id).toBe(next);
    const acks = sender.frames.filter(({ type }) => type === 'Ack');
    expect(acks.map(({ payload }) => payload.message_id)).toEqual([message_id, next]);
  },
);

test('what one edge could not confirm is not acked by another before a replica has it', async () => {
  const recipientId = freshHardwareId();
  const sender = await registeredDevice(cluster.edge(0));
  const message_id = randomUUID();
  replica.kill('SIGSTOP');
  sender.sendMessage(recipientId, { message_id });
  await expectUnconfirmed(sender, message_id);

  const elsewhere = await registeredDevice(cluster.edge(1), { hardwareId: sender.hardwareId });
  elsewhere.sendMessage(recipientId, { message_id });
  await expectUnconfirmed(elsewhere, message_id);

  replica.kill('SIGCONT');
  await ackedAtLast(elsewhere, recipientId, message_id);
});

test('many messages that wait for replicas in vain are each answered 503 in time, and devices come and are served', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  replica.kill('SIGSTOP');
  // To devices in nearly all of the 16 shards, which is as many calls to Redis.
  const ids = Array.from({ length: 50 }, () => sender.sendMessage(freshHardwareId()).message_id);
  const newcomer = await registeredDevice(cluster.edge(0));
  expect(newcomer.isOpen).toBe(true);
  const answers = (await collect(sender, 'Error', ids.length)).map(({ payload }) => payload);
  expect(new Set(answers.map(({ message_id }) => message_id))).toEqual(new Set(ids));
  const stored = expect.stringContaining('not on enough replicas');
  expect([...new Set(answers.map(({ code, message }) => `${String(code)} ${String(message)}`))]).toEqual([stored]);
});

test('while replicas are missing the relay does not take Redis for away', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await registeredDevice(cluster.edge(0), { acks: true });
  replica.kill('SIGSTOP');
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < 10; count += 1) sender.sendMessage(freshHardwareId());
    await collect(sender, 'Error', 10);
  }
  expect(cluster.edge(0).output()).not.toContain('redis.away');
  const sent = sender.sendMessage(recipient.hardwareId);
  expect((await recipient.next('Receive')).payload).toEqual(sent);
});
