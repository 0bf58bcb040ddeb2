import { describe, expect, test } from '@jest/globals';
import { unlimited } from '@openrelay/launch';
import { eventually, type ReceivedFrame } from '@openrelay/testing';
import {
  collect,
  connectDevice,
  errorOf,
  placements,
  queuedFor,
  registeredDevice,
  sendAndAwaitAck,
  statusOf,
} from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2, env: unlimited });

const backlog = 300;

function idsOf(frames: readonly ReceivedFrame[]): unknown[] {
  return frames.map(({ payload }) => payload.message_id);
}

describe.each(placements)('$where', ({ from, to }) => {
  async function withBacklog() {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await registeredDevice(cluster.edge(to), { acks: true });
    const { hardwareId } = recipient;
    await recipient.close();
    const sent = Array.from({ length: backlog }, () =>
      sender.sendMessage(hardwareId, { encrypted_data: 'A'.repeat(4000) }),
    );
    await collect(sender, 'Ack', backlog);
    return { sender, hardwareId, ids: sent.map(({ message_id }) => message_id) };
  }

  test('a Send with ttl 0 comes behind what its sender had queued before', async () => {
    const { sender, hardwareId, ids } = await withBacklog();
    const recipient = await registeredDevice(cluster.edge(to), { hardwareId, acks: true });
    const live = sender.sendMessage(hardwareId, { ttl: 0 });
    expect((await sender.next('Ack')).payload.status).toBe('delivered');
    const received = await collect(recipient, 'Receive', backlog + 1);
    expect(idsOf(received)).toEqual([...ids, live.message_id]);
  });

  test('acks for what an earlier connection was handed count before it has come again', async () => {
    const { hardwareId, ids } = await withBacklog();
    const first = await registeredDevice(cluster.edge(to), { hardwareId, acks: true });
    await collect(first, 'Receive', backlog);
    await first.close();

    const second = await connectDevice(cluster.edge(from));
    const registered = second.register(hardwareId, { acks: true });
    for (const id of ids) second.ack(id as string);
    await registered;
    await collect(second, 'Receive', backlog);
    await eventually(async () => expect(await queuedFor(second)).toBe(0));
    expect(second.frames.filter(({ type }) => type === 'Error')).toEqual([]);
  });

  test('an early ack means no message that comes later', async () => {
    const { hardwareId } = await withBacklog();
    const sender = await registeredDevice(cluster.edge(from));
    const message_id = crypto.randomUUID();
    const recipient = await connectDevice(cluster.edge(to));
    recipient.sendFrame({ type: 'Register', payload: { hardware_id: hardwareId, acks: true } });
    recipient.ack(message_id);
    await recipient.next('RegisterResponse');
    await sendAndAwaitAck(sender, hardwareId, { message_id });
    const received = await collect(recipient, 'Receive', backlog + 1);
    expect(idsOf(received)).toContain(message_id);
    await recipient.close();
    const again = await registeredDevice(cluster.edge(to), { hardwareId, acks: true });
    expect(idsOf(await collect(again, 'Receive', backlog + 1))).toContain(message_id);
  });
});

describe('a device that left while Redis did not hear of it', () => {
  test('is found to be gone by the next message for it alone', async () => {
    const sender = await registeredDevice(cluster.edge(1));
    const device = await registeredDevice(cluster.edge(0));
    process.kill(cluster.redis.pid, 'SIGSTOP');
    await device.close();
    await eventually(async () => expect(await statusOf(cluster.edge(0), '/ready')).toBe(503));
    process.kill(cluster.redis.pid, 'SIGCONT');
    await eventually(async () => {
      sender.sendMessage(device.hardwareId, { ttl: 0 });
      expect((await errorOf(sender)).code).toBe(404);
    });
  });
});
