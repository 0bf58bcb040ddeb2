import { once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';
import { askRedis, type Cluster, type RunningEdge, startCluster, unlimited } from '@openrelay/launch';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import { WebSocket } from 'ws';
import {
  answerTo,
  collect,
  connectDevice,
  errorOf,
  exchange,
  registeredDevice,
  sendAndAwaitAck,
  statusOf,
} from '../../src';

const started: Cluster[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((cluster) => cluster.stop()));
});

async function startWithThreshold(thresholdBytes: number, edges: number): Promise<Cluster> {
  const env = { RELAY_WARNING_THRESHOLD_BYTES: String(thresholdBytes), RELAY_MONTHLY_LIMIT_BYTES: '100000' };
  const cluster = await startCluster({ edges, env });
  started.push(cluster);
  return cluster;
}

async function sentBytes({ httpUrl }: RunningEdge): Promise<number> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  return Number(/^openrelay_payload_bytes_total\{direction="out"\} (\S+)$/m.exec(text)?.[1] ?? 0);
}

const tenKilobytes = { encrypted_data: 'A'.repeat(10_000) };

/** Each edge learns the month's total once a second. */
function sendUntilUsedUp(device: TestDevice, fields: Record<string, unknown>) {
  return eventually(
    async () => {
      const sent = device.sendMessage(freshHardwareId(), fields);
      expect((await answerTo(device, sent.message_id)).payload.code).toBe(509);
    },
    { intervalMs: 200 },
  );
}

async function openSocket(url: string) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const received: Buffer[] = [];
  socket.on('message', (data: Buffer) => received.push(data));
  await once(socket, 'open');
  return { socket, received };
}

async function usedPercent(edge: RunningEdge): Promise<number> {
  const text = await (await fetch(`${edge.httpUrl}/bandwidth-status`)).text();
  return Number(/^Bandwidth Usage: 0\.00 TB \/ 0\.00 TB \((\d+\.\d\d)%\)$/.exec(text)?.[1]);
}

test('from the threshold on requests are refused and cost nothing, and the connection lives on', async () => {
  const cluster = await startWithThreshold(25_000, 1);
  const sender = await registeredDevice(cluster.edge(0));
  await sendAndAwaitAck(sender, freshHardwareId(), tenKilobytes);
  await sendAndAwaitAck(sender, freshHardwareId(), tenKilobytes);
  await sendUntilUsedUp(sender, tenKilobytes);
  const before = (await sender.register()).payload.limits;

  const payload = { recipient_id: sender.hardwareId, hardware_id: sender.hardwareId, trusted: true, success: true };
  sender.sendFrame({ type: 'AuthSuccess', payload });
  expect((await errorOf(sender)).code).toBe(509);
  sender.sendFrame({ type: 'KeyRotationAck', payload: { ...payload, key_id: 1 } });
  expect((await errorOf(sender)).code).toBe(509);
  sender.sendText('{"type":"Ping"}');
  await sender.next('Pong');
  expect((await sender.register()).payload.limits).toEqual(before);
  expect(await statusOf(cluster.edge(0), '/ready')).toBe(200);
});

test('an edge that is started when the month is used up refuses from its first message on', async () => {
  const cluster = await startWithThreshold(25_000, 1);
  const month = `or:{bandwidth}:${new Date().toISOString().slice(0, 7)}`;
  await askRedis(cluster.redis.url, ['SET', month, '26000']);
  const late = await cluster.addEdge();
  expect(await usedPercent(late)).toBe(26);
  const sender = await connectDevice(late);
  const payload = sender.message(freshHardwareId());
  sender.sendFrame({ type: 'Register', payload: { hardware_id: sender.hardwareId } });
  sender.sendFrame({ type: 'Send', payload });
  expect(await errorOf(sender)).toMatchObject({ code: 509, message_id: payload.message_id });
});

test('what was queued before the threshold is still delivered', async () => {
  const cluster = await startWithThreshold(25_000, 1);
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await connectDevice(cluster.edge(0));
  const { sent } = await sendAndAwaitAck(sender, recipient.hardwareId, tenKilobytes);
  await sendUntilUsedUp(sender, tenKilobytes);
  await recipient.register();
  expect((await recipient.next('Receive')).payload).toEqual(sent);
});

test('the bytes of all edges add up, and every edge refuses', async () => {
  const cluster = await startWithThreshold(50_000, 2);
  const devices = await Promise.all(cluster.edges.map((edge) => registeredDevice(edge)));
  for (const device of devices) {
    for (let sent = 0; sent < 3; sent += 1) await sendAndAwaitAck(device, freshHardwareId(), tenKilobytes);
  }
  await Promise.all(devices.map((device) => sendUntilUsedUp(device, { encrypted_data: 'A' })));
  const [one, two] = await Promise.all(cluster.edges.map(usedPercent));
  expect(one).toBeGreaterThan(60);
  expect(two).toBeGreaterThan(60);
});

test('every byte of every frame counts, on its way in and on its way out, and nothing else does', async () => {
  const cluster = await startWithThreshold(90_000, 2);
  const sockets = await Promise.all(cluster.edges.map((edge) => openSocket(edge.url)));
  const ids = [freshHardwareId(), freshHardwareId()];
  let bytes = 0;
  const say = async (from: number, frame: object, answers: number) => {
    const { socket, received } = sockets[from]!;
    const text = JSON.stringify(frame);
    bytes += Buffer.byteLength(text);
    const before = received.length;
    socket.send(text);
    await eventually(() => expect(received).toHaveLength(before + answers));
  };
  await say(0, { type: 'Register', payload: { hardware_id: ids[0] } }, 1);
  await say(1, { type: 'Register', payload: { hardware_id: ids[1] } }, 1);
  await say(0, { type: 'Ping' }, 1);
  await say(
    1,
    { type: 'AuthSuccess', payload: { hardware_id: ids[1], recipient_id: ids[0], trusted: true, note: 'é' } },
    0,
  );
  await eventually(() => expect(sockets[0]!.received).toHaveLength(3));
  await say(0, { type: 'Nothing', payload: {} }, 1);
  for (const { socket } of sockets) socket.close();

  const sent = sockets.flatMap(({ received }) => received).reduce((sum, frame) => sum + frame.length, 0);
  await eventually(async () => {
    const key = `or:{bandwidth}:${new Date().toISOString().slice(0, 7)}`;
    expect(Number(await askRedis(cluster.redis.url, ['GET', key]))).toBe(bytes + sent);
  });
});

test('what is delivered counts as well as what is received', async () => {
  const cluster = await startWithThreshold(90_000, 1);
  const sender = await registeredDevice(cluster.edge(0));
  await sendAndAwaitAck(sender, freshHardwareId(), tenKilobytes);
  const before = await usedPercent(cluster.edge(0));
  expect(before).toBeGreaterThan(10);
  expect(before).toBeLessThan(13);
  const { sent } = await sendAndAwaitAck(sender, sender.hardwareId, tenKilobytes);
  await sender.next('Receive');
  sender.ack(sent.message_id);
  sender.sendText('{"type":"Ping"}');
  await sender.next('Pong');
  const after = await usedPercent(cluster.edge(0));
  expect(after - before).toBeGreaterThan(20);
  expect(after - before).toBeLessThan(24);
});

test('a queue that is fetched again and again, and never read, does not move the month', async () => {
  const cluster = await startCluster({ edges: 1, env: unlimited });
  started.push(cluster);
  const edge = cluster.edge(0);
  const sender = await registeredDevice(edge);
  const away = await registeredDevice(edge, { acks: true }); // an id that was seen has room for a backlog
  const { hardwareId } = away;
  await away.close();
  const backlog = 32;
  for (let sent = 0; sent < backlog; sent += 1)
    await sendAndAwaitAck(sender, hardwareId, { encrypted_data: 'A'.repeat(64 * 1024) });
  const before = await sentBytes(edge);

  const register = JSON.stringify({ type: 'Register', payload: { hardware_id: hardwareId, acks: true } });
  for (let round = 0; round < 20; round += 1) {
    const { socket } = await openSocket(edge.url);
    socket.send(register);
    await once(socket, 'message'); // more is on its way
    socket.terminate();
  }
  await exchange(sender, sender);
  expect((await sentBytes(edge)) - before).toBeLessThan(64 * 1024);

  // The device itself gets it all, and then it counts.
  const device = await registeredDevice(edge, { hardwareId, acks: true });
  for (const { payload } of await collect(device, 'Receive', backlog)) device.ack(String(payload.message_id));
  await eventually(async () => expect((await sentBytes(edge)) - before).toBeGreaterThan(backlog * 64 * 1024));
});
