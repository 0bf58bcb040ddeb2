import { describe, expect, test } from '@jest/globals';
import { connectDevice, deviceOf, encodings, placements, registeredDevice, say, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

describe.each(placements)('a device that hides its presence, $where', ({ from, to }) => {
  test.each(encodings)('is served as ever, and whoever sends to it in %s is told `queued`', async (encoding) => {
    const recipient = await connectDevice(cluster.edge(to));
    await recipient.register(recipient.hardwareId, { acks: true, presence: 'hidden' });
    const sender = await deviceOf(cluster.edge(from), encoding);
    say(sender, 'Register', { hardware_id: sender.hardwareId });
    await sender.next('RegisterResponse');
    const payload = sender.message(recipient.hardwareId);
    say(sender, 'Send', payload);
    expect((await sender.next('Ack')).payload).toMatchObject({ message_id: payload.message_id, status: 'queued' });
    expect((await recipient.next('Receive')).payload.message_id).toBe(payload.message_id);
  });

  test('shows it again by a Register that does not ask for it', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    await recipient.register(recipient.hardwareId, { presence: 'hidden' });
    expect((await sendAndAwaitAck(sender, recipient.hardwareId)).answer.status).toBe('queued');
    await recipient.register();
    expect((await sendAndAwaitAck(sender, recipient.hardwareId)).answer.status).toBe('delivered');
  });
});
