import { describe, expect, test } from '@jest/globals';
import { unlimited } from '@openrelay/launch';
import { eventually, type TestDevice, until } from '@openrelay/testing';
import { absentId, collect, connectDevice, exchange, placements, registeredDevice } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2, env: unlimited });

type Sent = { messageId: string; ttl: number };

function sendAll(sender: TestDevice, recipientId: string, ttls: readonly number[]): Sent[] {
  return ttls.map((ttl) => ({ messageId: sender.sendMessage(recipientId, { ttl }).message_id, ttl }));
}

/** The message ids that a connection was given so far, in order. */
function receivedBy(device: TestDevice): unknown[] {
  return device.frames.filter(({ type }) => type === 'Receive').map(({ payload }) => payload.message_id);
}

const idsOf = (messages: readonly Sent[]) => messages.map(({ messageId }) => messageId);

/** Waits for all Acks and then for the end of those that live only a second or two. */
async function untilShortOnesExpired(sender: TestDevice, sent: readonly Sent[]): Promise<void> {
  const acks = await collect(sender, 'Ack', sent.length);
  expect(acks.map(({ payload }) => payload.message_id)).toEqual(idsOf(sent));
  const shortEnds = acks.filter((_, at) => sent[at]!.ttl < 60).map(({ payload }) => Number(payload.expires_at));
  const lastEnd = Math.max(...shortEnds);
  await until(lastEnd + 100);
}

describe.each(placements)('$where', ({ from, to }) => {
  test('500 queued messages of mixed lifetimes come once each and in order, and the expired ones never', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    recipient.hardwareId = await absentId(cluster.edge(to));
    const lifetimes = [600, 1, 60, 2, 86_400];
    const ttls = Array.from({ length: 500 }, (_, at) => lifetimes[at % lifetimes.length]!);
    const sent = sendAll(sender, recipient.hardwareId, ttls);
    await untilShortOnesExpired(sender, sent);

    await recipient.register(recipient.hardwareId, { acks: true });
    const kept = sent.filter(({ ttl }) => ttl >= 60);
    await collect(recipient, 'Receive', kept.length);
    expect(receivedBy(recipient)).toEqual(idsOf(kept));
    await exchange(sender, recipient);
  });

  test('the queue comes before what arrives while it is being read', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    recipient.hardwareId = await absentId(cluster.edge(to));
    const queued = sendAll(sender, recipient.hardwareId, Array<number>(300).fill(60));
    await collect(sender, 'Ack', 300);
    recipient.sendFrame({ type: 'Register', payload: { hardware_id: recipient.hardwareId, acks: true } });
    const live: Sent[] = [];
    for (let round = 0; round < 30; round += 1) {
      live.push(...sendAll(sender, recipient.hardwareId, Array<number>(10).fill(60)));
      await collect(sender, 'Ack', 10);
    }
    await collect(recipient, 'Receive', 600);
    expect(receivedBy(recipient)).toEqual([...idsOf(queued), ...idsOf(live)]);
    await exchange(sender, recipient);
  });

  test('messages of two senders keep each sender’s order', async () => {
    const recipient = await registeredDevice(cluster.edge(to), { acks: true });
    const senders = await Promise.all([registeredDevice(cluster.edge(from)), registeredDevice(cluster.edge(to))]);
    const sent = senders.map((sender) => sendAll(sender, recipient.hardwareId, Array<number>(100).fill(60)));
    await collect(recipient, 'Receive', 200);
    const received = receivedBy(recipient);
    for (const messages of sent) {
      const ids = new Set<unknown>(idsOf(messages));
      expect(received.filter((id) => ids.has(id))).toEqual(idsOf(messages));
    }
  });

  test('a queue is handed over in order again on the next connection, without what was acked', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const first = await connectDevice(cluster.edge(to));
    first.hardwareId = await absentId(cluster.edge(to));
    const sent = sendAll(sender, first.hardwareId, Array<number>(200).fill(60));
    await collect(sender, 'Ack', 200);
    await first.register(first.hardwareId, { acks: true });
    await collect(first, 'Receive', 200);
    const acked = sent.filter((_, at) => at % 3 === 0);
    for (const { messageId } of acked) first.ack(messageId);
    const left = sent.length - acked.length;
    await eventually(async () => {
      const { limits } = (await first.register(first.hardwareId, { acks: true })).payload;
      expect(limits).toMatchObject({ queued: left });
    });

    const second = await registeredDevice(cluster.edge(from), { hardwareId: first.hardwareId, acks: true });
    await collect(second, 'Receive', left);
    expect(receivedBy(second)).toEqual(idsOf(sent.filter((_, at) => at % 3 !== 0)));
    await exchange(sender, second);
    expect(receivedBy(first)).toEqual(idsOf(sent));
  });
});

test('a message that has expired is not counted as queued', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await connectDevice(cluster.edge(1));
  const sent = sendAll(sender, recipient.hardwareId, [1, 60]);
  await untilShortOnesExpired(sender, sent);
  expect((await recipient.register()).payload.limits).toMatchObject({ queued: 1 });
});
