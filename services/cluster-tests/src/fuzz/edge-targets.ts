import { ok } from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, repositoryRoot, startRedis, unlimited } from '@openrelay/launch';
import { TestDevice } from '@openrelay/testing';
import { unpack } from 'msgpackr';
import { packedSubprotocol, packFrame } from '../devices/packed-device';

/** How often the edge's devices are looked at, in runs. */
const between = 50;
/** Between the frames, or the pieces, of one input. */
const separator = Buffer.from([0x0a, 0x0a]);

/** An edge in this very process, so that the fuzzer sees which of its code an input reaches. Resolves with its port. */
async function startEdgeHere(): Promise<number> {
  const redis = await startRedis();
  process.on('exit', () => process.kill(redis.pid, 'SIGKILL'));
  const port = await freePort();
  const settings = {
    ...unlimited,
    REDIS_URL: redis.url,
    PORT: String(port),
    BIND_ADDR: '127.0.0.1',
    LOG_LEVEL: 'silent',
  };
  Object.assign(process.env, settings);
  process.argv.length = 2; // those of the fuzzer are none of the edge
  require(join(repositoryRoot, 'services/edge/dist/main.js'));
  for (let attempt = 0; attempt < 100; attempt++) {
    const ready = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (ready?.ok) return port;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The edge did not become ready within 10 s.');
}

function piecesOf(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(separator); end >= 0; end = bytes.indexOf(separator, start)) {
    pieces.push(bytes.subarray(start, end));
    start = end + separator.length;
  }
  return [...pieces, bytes.subarray(start)];
}

let edge: Promise<{ port: number; residents: readonly [TestDevice, TestDevice] }> | undefined;
let runs = 0;

async function started() {
  const port = await startEdgeHere();
  const residents = await Promise.all([TestDevice.connect(urlOf(port)), TestDevice.connect(urlOf(port))]);
  for (const device of residents) await device.register();
  return { port, residents };
}

function urlOf(port: number): string {
  return `ws://127.0.0.1:${port}/relay`;
}

/** One message from device to device. */
async function assertUnharmed([from, to]: readonly [TestDevice, TestDevice]): Promise<void> {
  const message = from.message(to.hardwareId);
  from.sendFrame({ type: 'Send', payload: message });
  while ((await from.next('Ack')).payload.message_id !== message.message_id);
  while ((await to.next('Receive')).payload.message_id !== message.message_id);
  to.sendFrame({ type: 'Ack', payload: { message_id: message.message_id } });
}

/** Frames of a stranger, of which the first bit chooses the encoding: it may speak on, or the edge closes its connection. */
export async function sayToEdge(bytes: Buffer): Promise<void> {
  edge ??= started();
  const { port, residents } = await edge;
  const packed = ((bytes[0] ?? 0) & 1) === 1;
  const device = await TestDevice.connect(
    urlOf(port),
    packed ? { subprotocol: packedSubprotocol, decode: unpack } : {},
  );
  for (const piece of piecesOf(bytes.subarray(1))) {
    if (!device.isOpen) break;
    if (packed) device.sendBinary(piece);
    else device.sendText(piece.toString());
  }
  if (device.isOpen) {
    if (packed) device.sendBinary(packFrame({ type: 'Ping' }));
    else device.sendText('{"type":"Ping"}');
    await Promise.race([device.closed, device.next('Pong').catch(() => device.closed)]);
  }
  ok(
    device.frames.every(({ type }) => type !== 'unreadable'),
    'the stranger was handed what it cannot read',
  );
  device.terminate();
  runs += 1;
  if (runs % between === 0) await assertUnharmed(residents);
}

/** What a stranger writes to the port itself, piece by piece, before it is cut. */
export async function writeToPort(bytes: Buffer): Promise<void> {
  edge ??= started();
  const { port, residents } = await edge;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined); // the edge may cut the connection: that is its right
  await once(socket, 'connect');
  const answered = new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
  for (const piece of piecesOf(bytes)) await new Promise((written) => socket.write(piece, written));
  socket.end();
  await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 20))]);
  socket.destroy();
  runs += 1;
  if (runs % between === 0) await assertUnharmed(residents);
}
