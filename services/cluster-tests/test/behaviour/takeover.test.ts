import { describe, expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import { eventually, type TestDevice } from '@openrelay/testing';
import { connectDevice, exchange, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { giveTo, sessionOf } from '../../src/devices/mailbox-commands';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

describe.each(placements)('$where', ({ from, to }) => {
  test('the newest registration of an id wins, and the older connection is closed with 4001', async () => {
    const older = await registeredDevice(cluster.edge(from));
    const newer = await registeredDevice(cluster.edge(to), { hardwareId: older.hardwareId });
    expect((await older.closed).code).toBe(4001);
    const sender = await registeredDevice(cluster.edge(from));
    expect((await sendAndAwaitAck(sender, newer.hardwareId)).answer.status).toBe('delivered');
    await newer.next('Receive');
  });

  test('an id in lower case takes over the same id in upper case', async () => {
    const older = await registeredDevice(cluster.edge(from));
    const newer = await registeredDevice(cluster.edge(to), { hardwareId: older.hardwareId.toLowerCase() });
    expect((await older.closed).code).toBe(4001);
    await exchange(newer, newer);
  });

  test('the late end of the old socket does not deregister the new one', async () => {
    const older = await registeredDevice(cluster.edge(from));
    older.pause();
    const newer = await registeredDevice(cluster.edge(to), { hardwareId: older.hardwareId });
    const sender = await registeredDevice(cluster.edge(from));
    await exchange(sender, newer);
    older.terminate();
    await older.closed;
    // Were the old socket's end to count, one of these would meet a device that nobody holds.
    for (let sent = 0; sent < 20; sent += 1) {
      expect((await sendAndAwaitAck(sender, newer.hardwareId)).answer.status).toBe('delivered');
    }
    const payload = { recipient_id: newer.hardwareId, hardware_id: sender.hardwareId, trusted: true };
    sender.sendFrame({ type: 'AuthSuccess', payload });
    await newer.next('AuthSuccess');
  });

  test('a device that goes to and fro keeps its place each time', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    let device = await registeredDevice(cluster.edge(from), { acks: true });
    for (const edge of [to, from, to, to, from]) {
      const next = await registeredDevice(cluster.edge(edge), { hardwareId: device.hardwareId, acks: true });
      expect((await device.closed).code).toBe(4001);
      device = next;
    }
    expect((await sendAndAwaitAck(sender, device.hardwareId)).answer.status).toBe('delivered');
    await device.next('Receive');
  });

  test('what the old connection did not ack comes to the new one, before what is sent after', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const older = await registeredDevice(cluster.edge(from), { acks: true });
    const first = await sendAndAwaitAck(sender, older.hardwareId);
    await older.next('Receive');
    const newer = await registeredDevice(cluster.edge(to), { hardwareId: older.hardwareId, acks: true });
    const second = await sendAndAwaitAck(sender, older.hardwareId);
    expect((await newer.next('Receive')).payload).toEqual(first.sent);
    expect((await newer.next('Receive')).payload).toEqual(second.sent);
  });

  test('many registrations of one id at once leave exactly one connection open, and it is served', async () => {
    const first = await registeredDevice(cluster.edge(from));
    const { hardwareId } = first;
    const edges = [from, to, from, to, from, to].map((index) => cluster.edge(index));
    const devices = await Promise.all(edges.map((edge) => connectDevice(edge)));
    // Most are replaced before they are answered.
    await Promise.allSettled(devices.map((device) => device.register(hardwareId)));
    const open = await eventually(() => {
      const left = [first, ...devices].filter((device) => device.isOpen);
      expect(left).toHaveLength(1);
      return left[0]!;
    });
    const sender = await registeredDevice(cluster.edge(from));
    await exchange(sender, open);
  });
});

describe('when Redis lost what came last', () => {
  const holds = async (device: TestDevice, session: string) => {
    await askRedis(cluster.redis.url, giveTo(device.hardwareId, 'gone', session));
    await askRedis(cluster.redis.url, ['CLIENT', 'KILL', 'TYPE', 'pubsub']); // as with a Redis that comes back
    return () => askRedis(cluster.redis.url, sessionOf(device.hardwareId));
  };

  test('a connection that finds an older one in its place takes the device back, and is not closed', async () => {
    const device = await registeredDevice(cluster.edge(0));
    const session = await holds(device, 'gone.1.1');
    await eventually(async () => expect(await session()).not.toBe('gone.1.1'));
    await exchange(await registeredDevice(cluster.edge(1)), device);
    expect(device.isOpen).toBe(true);
  });
});
