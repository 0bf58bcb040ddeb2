import { describe, expect, test } from '@jest/globals';
import { eventually, type TestDevice } from '@openrelay/testing';
import { connectedPair, errorOf, exchange, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

function setStatus(device: TestDevice, status: string): void {
  device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status } });
}

/** `Status` is not answered: what another device is told of this one shows that it was taken. */
async function goOffline(device: TestDevice, observer: TestDevice): Promise<void> {
  setStatus(device, 'Offline');
  await eventually(async () => {
    const payload = { recipient_id: device.hardwareId, hardware_id: observer.hardwareId, trusted: true };
    observer.sendFrame({ type: 'AuthSuccess', payload });
    expect((await observer.next('Error', { timeoutMs: 300 })).payload.code).toBe(404);
  });
}

describe.each(placements)('$where', ({ from, to }) => {
  const pair = () => connectedPair(cluster, { from, to }, { acks: true });

  test.each(['Online', 'Away'])('messages queue while a device is Offline and come when it is %s', async (back) => {
    const { sender, recipient } = await pair();
    await goOffline(recipient, await registeredDevice(cluster.edge(from)));
    const first = await sendAndAwaitAck(sender, recipient.hardwareId);
    const second = await sendAndAwaitAck(sender, recipient.hardwareId);
    expect([first.answer.status, second.answer.status]).toEqual(['queued', 'queued']);
    expect(recipient.isOpen).toBe(true);

    // One subscription carries the messages of all devices of an edge, in order.
    await exchange(sender, await registeredDevice(cluster.edge(to)));
    expect(recipient.frames.map(({ type }) => type)).toEqual(['RegisterResponse']);
    setStatus(recipient, back);
    expect((await recipient.next('Receive')).payload).toEqual(first.sent);
    expect((await recipient.next('Receive')).payload).toEqual(second.sent);
    expect((await sendAndAwaitAck(sender, recipient.hardwareId)).answer.status).toBe('delivered');
  });

  test('an Offline device is absent for Auth messages, though its socket is open and answers', async () => {
    const { sender, recipient } = await pair();
    await goOffline(recipient, sender);
    const payload = { recipient_id: recipient.hardwareId, hardware_id: sender.hardwareId, trusted: true };
    sender.sendFrame({ type: 'AuthSuccess', payload });
    expect(await errorOf(sender)).toMatchObject({ code: 404 });
    recipient.sendText('{"type":"Ping"}');
    await recipient.next('Pong');
  });

  test('what was handed over before an Offline is not handed over again on the same connection', async () => {
    const { sender, recipient } = await pair();
    await exchange(sender, recipient);
    setStatus(recipient, 'Offline');
    setStatus(recipient, 'Online');
    await exchange(sender, recipient);
    await exchange(sender, recipient);
  });

  test('Away is no absence: messages are delivered live', async () => {
    const { sender, recipient } = await pair();
    setStatus(recipient, 'Away');
    expect((await sendAndAwaitAck(sender, recipient.hardwareId)).answer.status).toBe('delivered');
    await recipient.next('Receive');
  });
});
