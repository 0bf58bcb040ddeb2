import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { eventually, TestDevice } from '../../src/index';

const peerId = 'B'.repeat(64);
let server: WebSocketServer;
let url: string;
let device: TestDevice;
let relay: WebSocket;
let heard: { text: string; isBinary: boolean }[];

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: ([first]) => first ?? false });
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  heard = [];
  const connection = once(server, 'connection');
  device = await TestDevice.connect(url, {
    subprotocol: 'test.v1',
    decode: (bytes) => ({ type: `first ${bytes[0]}` }),
  });
  [relay] = await connection;
  relay.on('message', (data: Buffer, isBinary) => heard.push({ text: data.toString(), isBinary }));
});

afterEach(async () => {
  device.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function say(type: string, payload: object = {}): void {
  relay.send(JSON.stringify({ type, payload }));
}

test('registers under its id and returns the answer', async () => {
  const registering = device.register(peerId, { acks: true });
  await eventually(() => expect(heard).toHaveLength(1));
  expect(JSON.parse(heard[0]!.text)).toEqual({ type: 'Register', payload: { hardware_id: peerId, acks: true } });
  say('RegisterResponse', { device_id: peerId });
  await expect(registering).resolves.toMatchObject({ payload: { device_id: peerId } });
  expect(device.hardwareId).toBe(peerId);
});

test('takes each frame once, by type, in the order of arrival', async () => {
  say('Ack', { message_id: '1' });
  say('Error', { code: 400 });
  say('Ack', { message_id: '2' });
  expect((await device.next('Ack')).payload).toEqual({ message_id: '1' });
  expect((await device.next('Ack')).payload).toEqual({ message_id: '2' });
  expect((await device.next('Error')).payload).toEqual({ code: 400 });
  expect(device.frames.map((frame) => frame.type)).toEqual(['Ack', 'Error', 'Ack']);
  expect(device.frames[1]!.text).toBe('{"type":"Error","payload":{"code":400}}');
  expect(device.frames[2]!.arrivedAtMs).toBeGreaterThanOrEqual(device.frames[0]!.arrivedAtMs);
});

test('serves several that wait for the same type in the order in which they asked', async () => {
  const waiting = [device.next('Ack'), device.next('Ack')];
  say('Ack', { message_id: '1' });
  say('Ack', { message_id: '2' });
  const taken = await Promise.all(waiting);
  expect(taken.map((frame) => frame.payload.message_id)).toEqual(['1', '2']);
});

test('fails with what did arrive when the awaited frame does not', async () => {
  say('Error', { code: 418 });
  await expect(device.next('Ack', { timeoutMs: 50 })).rejects.toThrow(/No Ack arrived within 50 ms.*\n.*418/);
});

test('fails at once when the connection closes while it waits, and ever after', async () => {
  const waiting = device.next('Ack');
  relay.close(4001, 'replaced');
  await expect(waiting).rejects.toThrow('No Ack arrived before the connection closed with 4001 replaced');
  await expect(device.next('Ack')).rejects.toThrow('4001');
  await expect(device.closed).resolves.toEqual({ code: 4001, reason: 'replaced' });
  expect(device.isOpen).toBe(false);
});

test('writes a whole Send payload, with a size that fits the data unless told otherwise', () => {
  const whole = device.message(peerId, { encrypted_data: 'é', ttl: 0 });
  expect(whole).toMatchObject({ recipient_id: peerId, sender_id: device.hardwareId, ttl: 0, size_bytes: 2 });
  expect(Object.keys(whole)).toHaveLength(10);
  expect(device.message(peerId, { size_bytes: 1 }).size_bytes).toBe(1);
});

test('sends messages, acks and raw bytes as they are', async () => {
  const sent = device.sendMessage(peerId);
  device.ack('1');
  device.sendText('{ no json');
  device.sendBinary(Buffer.from([65]));
  await eventually(() => expect(heard).toHaveLength(4));
  expect(JSON.parse(heard[0]!.text)).toEqual({ type: 'Send', payload: sent });
  expect(heard.slice(1)).toEqual([
    { text: '{"type":"Ack","payload":{"message_id":"1"}}', isBinary: false },
    { text: '{ no json', isBinary: false },
    { text: 'A', isBinary: true },
  ]);
});

test('sends one message in many fragments', async () => {
  const text = 'é'.repeat(1000);
  device.sendFragments(text, 7);
  device.sendText('next');
  await eventually(() => expect(heard).toHaveLength(2));
  expect(heard[0]).toEqual({ text, isBinary: false });
});

test('records binary frames as the given decoder reads them, and tells the subprotocol', async () => {
  relay.send(Buffer.from([7]));
  await expect(device.next('first 7')).resolves.toMatchObject({ text: 'Bw==' });
  expect(device.subprotocol).toBe('test.v1');
});

test('reads nothing while it is paused', async () => {
  const connection = once(server, 'connection');
  const other = await TestDevice.connect(url);
  const [relayOfOther] = (await connection) as [WebSocket];
  device.pause();
  say('Ack');
  relayOfOther.send('{"type":"Ack"}'); // behind the one that the device does not read
  await other.next('Ack');
  expect(device.frames).toEqual([]);
  device.resume();
  await device.next('Ack');
  other.terminate();
});

test('closes with a code, and is cut by terminate', async () => {
  const other = await TestDevice.connect(url);
  other.terminate();
  await expect(other.closed).resolves.toMatchObject({ code: 1006 });
  const closed = once(relay, 'close');
  await device.close(1000, 'bye');
  expect((await closed)[0]).toBe(1000);
});

test('rejects when there is nobody to connect to', async () => {
  await expect(TestDevice.connect('ws://127.0.0.1:1/relay')).rejects.toThrow('ECONNREFUSED');
});
