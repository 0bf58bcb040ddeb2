import { describe, expect, test } from '@jest/globals';
import { connectDevice, connectedPair, errorOf, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2, env: { RELAY_HIDE_PRESENCE: '1' } });

describe.each(placements)('where presence is hidden, $where', ({ from, to }) => {
  test('a sender is told the same of a recipient that is connected and of one that is not', async () => {
    const { sender, recipient } = await connectedPair(cluster, { from, to });
    const connected = await sendAndAwaitAck(sender, recipient.hardwareId);
    await recipient.next('Receive');
    const absent = await sendAndAwaitAck(sender, (await connectDevice(cluster.edge(to))).hardwareId);
    expect(connected.answer.status).toBe('queued');
    expect(Object.keys(absent.answer)).toEqual(Object.keys(connected.answer));
    expect(absent.answer.status).toBe('queued');
  });

  test('a key rotation is said to wait, whether it does or not', async () => {
    const { sender, recipient } = await connectedPair(cluster, { from, to });
    const payload = { hardware_id: sender.hardwareId, recipient_id: recipient.hardwareId, key_id: 1, success: true };
    sender.sendFrame({ type: 'KeyRotationAck', payload });
    expect((await errorOf(sender)).code).toBe(202);
    await recipient.next('KeyRotationAck');
  });

  test('what asks for live delivery only is answered as ever', async () => {
    const { sender, recipient } = await connectedPair(cluster, { from, to });
    expect((await sendAndAwaitAck(sender, recipient.hardwareId, { ttl: 0 })).answer.status).toBe('delivered');
    sender.sendMessage('AB'.repeat(32), { ttl: 0 });
    expect((await errorOf(sender)).code).toBe(404);
  });
});

const shown = useCluster({ edges: 2 });

describe.each(placements)('a device that hides its presence, $where', ({ from, to }) => {
  async function hiddenPair() {
    const sender = await registeredDevice(shown.edge(from));
    const recipient = await connectDevice(shown.edge(to));
    await recipient.register(recipient.hardwareId, { presence: 'hidden' });
    return { sender, recipient };
  }

  test('has its messages at once, and their senders are told that they wait', async () => {
    const { sender, recipient } = await hiddenPair();
    const { sent, answer } = await sendAndAwaitAck(sender, recipient.hardwareId);
    expect(answer.status).toBe('queued');
    expect((await recipient.next('Receive')).payload).toEqual(sent);
    const payload = { hardware_id: sender.hardwareId, recipient_id: recipient.hardwareId, key_id: 1, success: true };
    sender.sendFrame({ type: 'KeyRotationAck', payload });
    expect((await errorOf(sender)).code).toBe(202);
    await recipient.next('KeyRotationAck');
  });

  test('shows it again when it registers without that wish', async () => {
    const { sender, recipient } = await hiddenPair();
    await recipient.register();
    expect((await sendAndAwaitAck(sender, recipient.hardwareId)).answer.status).toBe('delivered');
  });
});
