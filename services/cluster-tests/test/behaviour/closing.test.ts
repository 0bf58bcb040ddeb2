import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { DeviceSigner, eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import {
  collect,
  connectDevice,
  errorOf,
  exchange,
  registeredDevice,
  sendAndAwaitAck,
  showKey,
  statusOf,
} from '../../src';
import { useCluster } from './use-cluster';

const env = { RELAY_HANDSHAKE_TIMEOUT_SECONDS: '2', RELAY_CONTROL_FRAMES_PER_MINUTE: '10' };

const cluster = useCluster({ edges: 1, env });

const ping = '{"type":"Ping"}';
const mib = 1024 * 1024;

function setStatus(device: TestDevice): void {
  device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status: 'Away' } });
}

function ofBytes(device: TestDevice, bytes: number): string {
  const payload = device.message(device.hardwareId, { encrypted_data: '' });
  const empty = JSON.stringify({ type: 'Send', payload });
  return empty.replace('"encrypted_data":""', `"encrypted_data":"${'A'.repeat(bytes - empty.length)}"`);
}

function forged(publicKey: string): string {
  const payload = { hardware_id: freshHardwareId(), recipient_id: freshHardwareId(), challenge: '' };
  return JSON.stringify({ type: 'AuthRequest', payload: { ...payload, public_key: publicKey } });
}

describe('a frame over the size limit', () => {
  test.each([
    ['one byte too large', registeredDevice, (device: TestDevice) => device.sendText(ofBytes(device, mib + 1))],
    ['in fragments', registeredDevice, (device: TestDevice) => device.sendFragments(ofBytes(device, mib + 1), 16_384)],
    ['before registration', connectDevice, (device: TestDevice) => device.sendText(ofBytes(device, mib + 1))],
  ] as const)('closes its connection with 1009 when it comes %s', async (_when, connect, send) => {
    const device = await connect(cluster.edge(0));
    send(device);
    expect((await device.closed).code).toBe(1009);
  });

  test('ends its connection when it is many times too large, without being taken in whole', async () => {
    const device = await registeredDevice(cluster.edge(0));
    device.sendText(ofBytes(device, 5 * mib));
    // uWebSockets.js cuts the connection at the frame's header, before a close frame could be sent.
    expect([1006, 1009]).toContain((await device.closed).code);
    await registeredDevice(cluster.edge(0));
  });

  test('is told from one of just the limit, which is answered', async () => {
    const device = await registeredDevice(cluster.edge(0));
    device.sendText(ofBytes(device, mib));
    expect((await errorOf(device)).code).toBe(413);
    await exchange(device, device);
  });
});

describe('a connection that does not register in time', () => {
  test('is closed, silent or not, and a registered one stays', async () => {
    const registered = await registeredDevice(cluster.edge(0));
    const silent = await connectDevice(cluster.edge(0));
    const chatty = await connectDevice(cluster.edge(0));
    chatty.sendText(ping);
    chatty.sendText('{"type":"Register","payload":{}}');
    expect((await silent.closed).code).toBe(1008);
    expect((await chatty.closed).code).toBe(1008);
    expect(registered.isOpen).toBe(true);
    await exchange(registered, registered);
  });
});

describe('before it registers, a connection', () => {
  test('that says more than 4 KiB is closed unheard', async () => {
    const device = await connectDevice(cluster.edge(0));
    device.sendText(' '.repeat(4097 - ping.length) + ping);
    expect((await device.closed).code).toBe(1008);
    expect(device.frames).toEqual([]);
  });

  test('may say 4 KiB, and as soon as it has named itself all that a device may', async () => {
    const device = await connectDevice(cluster.edge(0));
    device.sendText(' '.repeat(4096 - ping.length) + ping);
    await device.next('Pong');
    const registered = device.register();
    device.sendMessage(device.hardwareId, { encrypted_data: 'A'.repeat(10_000) });
    await registered;
    await device.next('Receive');
  });
});

describe('a connection that floods', () => {
  test('is warned with 429 and a time to wait before it is closed with 4008', async () => {
    const device = await registeredDevice(cluster.edge(0));
    for (let pings = 0; pings < 10; pings += 1) device.sendText(ping);
    const error = await errorOf(device);
    expect(error.code).toBe(429);
    expect(error.retry_after_ms).toBeGreaterThan(0);
    expect(error.retry_after_ms).toBeLessThanOrEqual(60_000);
    await exchange(device, device);
    for (let pings = 0; pings < 50 && device.isOpen; pings += 1) device.sendText(ping);
    expect((await device.closed).code).toBe(4008);
  });

  test.each([
    ['Status', (device: TestDevice) => setStatus(device)],
    ['Acks of nothing', (device: TestDevice) => device.ack(randomUUID())],
    ['pings of the WebSocket protocol', (device: TestDevice) => device.ping()],
    ['pongs of the WebSocket protocol', (device: TestDevice) => device.pong()],
  ])('with %s is warned and closed likewise', async (_what, send) => {
    const device = await registeredDevice(cluster.edge(0));
    for (let frames = 0; frames < 10; frames += 1) send(device);
    expect((await errorOf(device)).code).toBe(429);
    for (let frames = 0; frames < 50 && device.isOpen; frames += 1) send(device);
    expect((await device.closed).code).toBe(4008);
  });

  test('with messages of thousands of keys, each of which could be sent, is closed the sooner', async () => {
    const device = await registeredDevice(cluster.edge(0));
    const keys = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`key ${i}`, 0]));
    device.sendMessage(device.hardwareId, keys);
    await device.next('Ack');
    device.sendMessage(device.hardwareId, keys);
    expect((await errorOf(device)).code).toBe(429);
    for (let sent = 0; sent < 2; sent += 1) device.sendMessage(device.hardwareId, keys);
    expect((await device.closed).code).toBe(4008);
  });

  test.each([
    ['nonsense of a length', 10],
    ['', 1],
    ['tiny', 1],
  ])('with nonsense (%j) is closed likewise, the sooner the less it says', async (text, warnedAfter) => {
    const device = await registeredDevice(cluster.edge(0));
    device.sendText(text);
    expect((await errorOf(device)).code).toBe(400);
    for (let frames = 0; frames < warnedAfter; frames += 1) device.sendText(text);
    await eventually(() => expect(device.frames.at(-1)?.payload.code).toBe(429));
    for (let frames = 0; frames < 50 && device.isOpen; frames += 1) device.sendText(text);
    expect((await device.closed).code).toBe(4008);
  });

  test.each([
    ['that is no JSON', (size: number) => 'x'.repeat(size)],
    ['of a type that there is not', (size: number) => `{"type":"Hello","payload":"${'x'.repeat(size)}"}`],
    ['of more values than a frame may hold', (size: number) => `[1${',1'.repeat(size / 2)}]`],
    ['in the name of another', (size: number) => forged('x'.repeat(size))],
  ])('with few large frames %s is closed the sooner', async (_name, frameOf) => {
    const device = await registeredDevice(cluster.edge(0));
    for (let frames = 0; frames < 4; frames += 1) device.sendText(frameOf(mib / 8));
    expect((await device.closed).code).toBe(4008);
  });

  test('with one large frame is told what is wrong with it, and lives on', async () => {
    const device = await registeredDevice(cluster.edge(0));
    device.sendText('x'.repeat(mib));
    expect((await errorOf(device)).code).toBe(400);
    await exchange(device, device);
  });

  test('comes back too early, and is told when it may', async () => {
    const device = await registeredDevice(cluster.edge(0));
    const other = await registeredDevice(cluster.edge(0));
    for (let pings = 0; pings < 60 && device.isOpen; pings += 1) device.sendText(ping);
    expect((await device.closed).code).toBe(4008);
    const again = await connectDevice(cluster.edge(0));
    again.sendFrame({ type: 'Register', payload: { hardware_id: device.hardwareId.toLowerCase() } });
    const error = await errorOf(again);
    expect(error).toMatchObject({ code: 429 });
    expect(error.retry_after_ms).toBeGreaterThan(50_000);
    expect(error.retry_after_ms).toBeLessThanOrEqual(60_000);
    // Whoever is behind it may still be somebody else.
    await again.register(freshHardwareId());
    await exchange(again, other);
  });

  test('goes on with its minute when it comes back', async () => {
    const device = await registeredDevice(cluster.edge(0));
    for (let pings = 0; pings < 9; pings += 1) device.sendText(ping);
    await collect(device, 'Pong', 9);
    await device.close();
    const again = await registeredDevice(cluster.edge(0), { hardwareId: device.hardwareId });
    again.sendText(ping);
    expect((await errorOf(again)).code).toBe(429);
  });

  test('goes on with its minute, though somebody else named its id meanwhile', async () => {
    const device = await registeredDevice(cluster.edge(0));
    for (let pings = 0; pings < 9; pings += 1) device.sendText(ping);
    await collect(device, 'Pong', 9);
    await device.close();
    const stranger = await connectDevice(cluster.edge(0));
    await showKey(stranger, await DeviceSigner.make(), { hardware_id: device.hardwareId });
    stranger.terminate();
    const again = await registeredDevice(cluster.edge(0), { hardwareId: device.hardwareId });
    again.sendText(ping);
    expect((await errorOf(again)).code).toBe(429);
  });

  test('takes nothing from the limit of others', async () => {
    const busy = await registeredDevice(cluster.edge(0));
    for (let pings = 0; pings < 12; pings += 1) busy.sendText(ping);
    expect((await errorOf(busy)).code).toBe(429);
    const other = await registeredDevice(cluster.edge(0));
    other.sendText(ping);
    await other.next('Pong');
  });

  test('is not one that acks each of many messages', async () => {
    const sender = await registeredDevice(cluster.edge(0));
    const recipient = await registeredDevice(cluster.edge(0), { acks: true });
    for (let sent = 0; sent < 50; sent += 1) sender.sendMessage(recipient.hardwareId);
    for (const { payload } of await collect(recipient, 'Receive', 50)) recipient.ack(String(payload.message_id));
    await collect(sender, 'Ack', 50);
    await exchange(sender, recipient);
    expect(recipient.frames.filter(({ type }) => type === 'Error')).toEqual([]);
  });
});

describe('an edge that is told to stop', () => {
  test('closes every connection with 1012, registered or not, and ends with exit code 0', async () => {
    const edge = await cluster.addEdge();
    const devices = await Promise.all([registeredDevice(edge), registeredDevice(edge), connectDevice(edge)]);
    const exit = await edge.stop('SIGTERM');
    const codes = await Promise.all(devices.map(async ({ closed }) => (await closed).code));
    expect(codes).toEqual([1012, 1012, 1012]);
    expect(exit).toEqual({ code: 0, signal: null });
  });

  test('loses nothing that it acked: the recipient gets it on another edge', async () => {
    const edge = await cluster.addEdge();
    const sender = await registeredDevice(edge);
    const recipient = await connectDevice(cluster.edge(0));
    const { sent } = await sendAndAwaitAck(sender, recipient.hardwareId);
    await edge.stop('SIGTERM');
    await recipient.register();
    expect((await recipient.next('Receive')).payload).toEqual(sent);
  });

  test('deregisters its devices: messages to them queue', async () => {
    const edge = await cluster.addEdge();
    const leaving = await registeredDevice(edge, { acks: true });
    const sender = await registeredDevice(cluster.edge(0));
    await edge.stop('SIGTERM');
    expect((await sendAndAwaitAck(sender, leaving.hardwareId)).answer.status).toBe('queued');
  });

  test('is unready first while it still serves, when it is given a time for that', async () => {
    const edge = await cluster.addEdge({ env: { RELAY_DRAIN_LEAD_SECONDS: '1' } });
    const device = await registeredDevice(edge);
    edge.kill('SIGTERM');
    await eventually(async () => expect(await statusOf(edge, '/ready')).toBe(503));
    expect((await fetch(`${edge.httpUrl}/health`)).status).toBe(200);
    const late = await registeredDevice(edge);
    await exchange(device, late);
    expect((await device.closed).code).toBe(1012);
    expect((await late.closed).code).toBe(1012);
    expect(await edge.exited).toEqual({ code: 0, signal: null });
  });
});
