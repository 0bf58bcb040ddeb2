import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually, type TestDevice } from '@openrelay/testing';
import { connectDevice, errorOf, exchange, registeredDevice, statusOf, untilReady } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

let device: TestDevice;
let peer: TestDevice;

beforeEach(async () => {
  [device, peer] = await Promise.all([registeredDevice(cluster.edge(0)), registeredDevice(cluster.edge(1))]);
});

/** Redis must not stay frozen for the tests behind one that failed. */
afterEach(() => void process.kill(cluster.redis.pid, 'SIGCONT'));

async function thaw(): Promise<void> {
  process.kill(cluster.redis.pid, 'SIGCONT');
  await Promise.all(cluster.edges.map(untilReady));
}

function toPeer(fields: object): object {
  return { hardware_id: device.hardwareId, recipient_id: peer.hardwareId, ...fields };
}

const requests = [
  { what: 'a Send', frame: () => ({ type: 'Send', payload: device.message(peer.hardwareId) }) },
  { what: 'a Send with ttl 0', frame: () => ({ type: 'Send', payload: device.message(peer.hardwareId, { ttl: 0 }) }) },
  { what: 'an Auth', frame: () => ({ type: 'AuthSuccess', payload: toPeer({ trusted: true }) }) },
  { what: 'a key rotation', frame: () => ({ type: 'KeyRotationAck', payload: toPeer({ key_id: 1, success: true }) }) },
  { what: 'a Register', frame: () => ({ type: 'Register', payload: { hardware_id: device.hardwareId } }) },
];

test.each(requests)('$what is answered 503 while Redis is frozen, and served when it goes on', async ({ frame }) => {
  process.kill(cluster.redis.pid, 'SIGSTOP');
  device.sendFrame(frame());
  expect((await errorOf(device)).code).toBe(503);
  await thaw();
  await exchange(device, peer);
});

test('Status Online is answered 503 while Redis is frozen, and may be said again', async () => {
  const say = (status: string) => {
    device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status } });
  };
  say('Offline');
  device.sendFrame({ type: 'Ping' });
  await device.next('Pong');
  process.kill(cluster.redis.pid, 'SIGSTOP');
  say('Online');
  expect((await errorOf(device)).code).toBe(503);
  await thaw();
  say('Online');
  await exchange(peer, device);
});

test('what follows a Register that was answered 503 is answered 503, too, until the device registers', async () => {
  const [edge] = cluster.edges;
  process.kill(cluster.redis.pid, 'SIGSTOP');
  await eventually(async () => expect(await statusOf(edge!, '/ready')).toBe(503));
  const newcomer = await connectDevice(edge!);
  const { hardwareId } = newcomer;
  newcomer.sendFrame({ type: 'Register', payload: { hardware_id: hardwareId } });
  expect(await errorOf(newcomer)).toMatchObject({ code: 503 });
  const sent = newcomer.sendMessage(peer.hardwareId);
  newcomer.ack(sent.message_id);
  newcomer.sendFrame({ type: 'Status', payload: { hardware_id: hardwareId, status: 'Online' } });
  const ids = { hardware_id: hardwareId, recipient_id: peer.hardwareId };
  newcomer.sendFrame({ type: 'AuthSuccess', payload: { ...ids, trusted: true } });
  expect(await errorOf(newcomer)).toMatchObject({ code: 503, message_id: sent.message_id });
  for (let rest = 3; rest > 0; rest -= 1) expect(await errorOf(newcomer)).toMatchObject({ code: 503 });
  await thaw();
  newcomer.sendFrame({ type: 'Register', payload: { hardware_id: hardwareId } });
  await newcomer.next('RegisterResponse');
  await exchange(newcomer, peer);
});
