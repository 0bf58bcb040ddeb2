import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunningEdge } from '@openrelay/launch';
import { type Cluster, startCluster } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { registeredDevice } from '../../src';

const drainSeconds = 2;
let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({
    edges: 1,
    env: { RELAY_DRAIN_SECONDS: String(drainSeconds), RELAY_DRAIN_LEAD_SECONDS: '0' },
  });
});

afterAll(() => cluster.stop());

async function openSocket(edge: RunningEdge): Promise<Socket> {
  const socket = connect(edge.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

function upgrade(socket: Socket): void {
  const head = [
    'GET /relay HTTP/1.1',
    'Host: relay',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
  ];
  socket.write([...head, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n'));
}

test('a socket that becomes a connection while its edge drains is told to come back, too', async () => {
  const edge = cluster.edge(0);
  const devices = [await registeredDevice(edge), await registeredDevice(edge)];
  const socket = await openSocket(edge);
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  const ended = once(socket, 'close');

  edge.kill('SIGTERM');
  await Promise.race(devices.map(({ closed }) => closed)); // no new sockets are taken by now; the other comes later
  upgrade(socket);
  await eventually(() => expect(String(Buffer.concat(received))).toContain('101 Switching Protocols'));
  await ended;

  const [, frames] = Buffer.concat(received).toString('latin1').split('\r\n\r\n');
  const closing = Buffer.from(frames!, 'latin1');
  expect(closing[0]).toBe(0x88);
  expect(closing.readUInt16BE(2)).toBe(1012);
});
