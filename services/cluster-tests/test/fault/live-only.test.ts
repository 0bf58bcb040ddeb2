import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { askRedis, type Cluster, NetworkFault, startClusterOn, startRedis } from '@openrelay/launch';
import { eventually, type TestDevice } from '@openrelay/testing';
import { errorOf, metricOf, registeredDevice, sendAndAwaitAck, untilReady } from '../../src';
import { patienceMs } from '../../src/fleet';
import { endBalanced, relaySettings } from './fault-cluster';

const mib = 1024 * 1024;
/** What the relay promises. A busy machine lengthens all answers, and the quickest of some the least. */
const promisedMs = 1000;

/** Three edges. */
let cluster: Cluster;
/** Between Redis and the first two of them. */
let networks: [NetworkFault, NetworkFault];
let sender: TestDevice;
let recipient: TestDevice;

beforeEach(async () => {
  const redis = await startRedis();
  networks = [await NetworkFault.start(redis.url), await NetworkFault.start(redis.url)];
  cluster = await startClusterOn(redis, {
    edges: [{ redisUrl: networks[0].url }, { redisUrl: networks[1].url }, {}],
    env: { ...relaySettings, RELAY_MAX_FRAME_BYTES: String(4 * mib) },
  });
  sender = await registeredDevice(cluster.edge(0));
  recipient = await registeredDevice(cluster.edge(1), { acks: true });
});

afterEach(() => endBalanced(cluster, networks));

const sendLive = (fields = {}) => sender.sendMessage(recipient.hardwareId, { ttl: 0, ...fields });

function received(): unknown[] {
  return recipient.frames.filter(({ type }) => type === 'Receive').map(({ payload }) => payload.message_id);
}

/** Sends a stored message, which comes last, and answers what came until then. */
async function receivedInTheEnd(): Promise<unknown[]> {
  const message_id = randomUUID();
  await eventually(
    async () => {
      sender.sendMessage(recipient.hardwareId, { message_id });
      await recipient.next('Receive', { timeoutMs: 1000 });
      expect(received()).toContain(message_id);
    },
    { timeoutMs: patienceMs },
  );
  return received().filter((id) => id !== message_id);
}

/** Throws while the sender is not answered. */
function wasDelivered(messageId: string): boolean {
  const answer = sender.frames.find(({ payload }) => payload.message_id === messageId);
  if (answer === undefined) throw new Error(`${messageId} was not answered`);
  return answer.type === 'Ack';
}

/** Sends again under the id until it is handed over. */
async function deliver(messageId: string): Promise<void> {
  await eventually(
    async () => {
      const answers = sender.frames.length;
      sendLive({ message_id: messageId });
      await eventually(() => expect(sender.frames.length).toBeGreaterThan(answers));
      expect(sender.frames[answers]!.payload).toEqual({ message_id: messageId, status: 'delivered' });
    },
    { timeoutMs: patienceMs },
  );
}

test('while the recipient’s edge does not hear Redis a message for a live connection alone is refused, and never comes', async () => {
  networks[1].stall();
  const { sent: stored } = await sendAndAwaitAck(sender, recipient.hardwareId);
  const [refused, answeredMs] = [[], []] as [string[], number[]];
  for (let turn = 0; turn < 5; turn += 1) {
    const sentAtMs = performance.now();
    const { message_id } = sendLive();
    expect((await sender.next('Error')).payload).toMatchObject({ code: 503, message_id });
    answeredMs.push(performance.now() - sentAtMs);
    refused.push(message_id);
  }
  expect(Math.min(...answeredMs)).toBeLessThan(promisedMs);
  networks[1].heal();
  await untilReady(cluster.edge(1));

  expect(await receivedInTheEnd()).toEqual([stored.message_id]);
  await deliver(refused[0]!);
  expect(await receivedInTheEnd()).toContain(refused[0]);
});

test('what was accepted before comes first, however long the recipient’s edge did not hear Redis', async () => {
  // Large ones are read from the queue, which is under way when the other comes.
  const fields = { encrypted_data: 'A'.repeat(100_000) };
  for (const stalledMs of [0, 200, 400, 600, 1200, 1800, 2400]) {
    networks[1].stall();
    const stored = sender.sendMessage(recipient.hardwareId, fields);
    await eventually(() => wasDelivered(stored.message_id));
    const live = sendLive();
    await pause(stalledMs);
    networks[1].heal();
    await untilReady(cluster.edge(1));
    const isDelivered = await eventually(() => wasDelivered(live.message_id), { timeoutMs: patienceMs });
    const came = (await receivedInTheEnd()).filter((id) => id === stored.message_id || id === live.message_id);
    expect(came).toEqual(isDelivered ? [stored.message_id, live.message_id] : [stored.message_id]);
  }
});

test('a frozen edge hands nothing over that its sender was refused meanwhile, and keeps its subscription', async () => {
  await askRedis(cluster.redis.url, ['CONFIG', 'SET', 'client-output-buffer-limit', `pubsub ${4 * mib} ${4 * mib} 60`]);
  recipient = await registeredDevice(cluster.edge(2), { acks: true });
  cluster.edge(2).kill('SIGSTOP');
  const small = sendLive();
  const large = [1, 2, 3, 4].map(() => sendLive({ encrypted_data: 'A'.repeat(3 * mib) }));
  const sent = [small, ...large].map(({ message_id }) => message_id);
  const refused = new Set<unknown>();
  for (const _ of sent) refused.add((await errorOf(sender)).message_id);
  expect(refused).toEqual(new Set(sent));
  cluster.edge(2).kill('SIGCONT');
  await untilReady(cluster.edge(2));

  expect(await receivedInTheEnd()).toEqual([]);
  expect(await metricOf(cluster.edge(2), 'subscriber_replacements_total')).toBe(0);
  await deliver(small.message_id);
  expect(await receivedInTheEnd()).toContain(small.message_id);
});

test('a message whose answer got lost is answered when it is sent again, and came once', async () => {
  // Longer there and back than a sender waits, shorter one way: it is handed over, and its sender is refused.
  networks[0].delay(450);
  const { message_id } = sendLive();
  expect(await errorOf(sender)).toMatchObject({ code: 503, message_id });
  networks[0].heal();
  await untilReady(cluster.edge(0));
  await deliver(message_id);
  expect(await receivedInTheEnd()).toContain(message_id);
  expect(received().filter((id) => id === message_id)).toHaveLength(1);
});
