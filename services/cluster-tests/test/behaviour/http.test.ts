import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import { parseStrictly } from '../../../../shared/telemetry/test/unit/strict-text';
import { connectDevice, errorOf, packedDevice, packFrame, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

async function read(path: string, edge = 0) {
  const response = await fetch(`${cluster.edge(edge).httpUrl}${path}`);
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

test('/health answers OK', async () => {
  expect(await read('/health')).toMatchObject({ status: 200, body: 'OK' });
});

test('/ready answers 200', async () => {
  expect((await read('/ready')).status).toBe(200);
});

test('/bandwidth-status tells the month’s use in one line', async () => {
  const { status, body } = await read('/bandwidth-status');
  expect(status).toBe(200);
  expect(body).toBe('Bandwidth Usage: 0.00 TB / 10.00 TB (0.00%)');
});

test('another path answers 404', async () => {
  expect((await read('/')).status).toBe(404);
  expect((await read('/relay/x')).status).toBe(404);
});

/** What an edge writes to the requests of one connection, until it has answered the last one, a GET of /health. */
async function answersTo(...requests: string[]): Promise<string> {
  const { hostname, port } = new URL(cluster.edge(0).httpUrl);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += String(chunk);
  });
  await once(socket, 'connect');
  for (const request of [...requests, 'GET /health']) {
    const before = text.length;
    socket.write(`${request} HTTP/1.1\r\nHost: edge\r\n\r\n`);
    await eventually(() => expect(text.slice(before)).toContain('\r\n\r\n'));
  }
  await eventually(() => expect(text).toMatch(/OK$/));
  socket.destroy();
  return text;
}

describe('HEAD is answered as GET is, without the body, so that the connection can be used on', () => {
  test.each([
    ['/health', 200, 2],
    ['/ready', 200, 2],
    ['/bandwidth-status', 200, 'Bandwidth Usage: 0.00 TB / 10.00 TB (0.00%)'.length],
    ['/', 404, 'Devices connect to /relay by WebSocket.\n'.length],
    ['/relay', 404, 'Devices connect to /relay by WebSocket.\n'.length],
  ])('%s', async (path, status, bytes) => {
    const answers = (await answersTo(`HEAD ${path}`, `HEAD ${path}`)).split(/^(?=HTTP\/1\.1 )/m);
    expect(answers).toHaveLength(3);
    for (const answer of answers.slice(0, 2)) {
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer.match(/^content-length: \d+/gim)).toEqual([expect.stringMatching(new RegExp(` ${bytes}$`))]);
      expect(answer).toMatch(/\r\n\r\n$/);
    }
  });

  test('/metrics', async () => {
    expect((await answersTo('HEAD /metrics')).split('HTTP/1.1 200 OK')).toHaveLength(3);
  });
});

describe('requests that are written ahead of their answers', () => {
  test.each([
    ['of a page', 'GET /health HTTP/1.1\r\nHost: edge\r\n\r\n'],
    ['of no page', 'GET /x HTTP/1.1\r\nHost: edge\r\n\r\n'],
    ['of a bad upgrade', 'GET /relay HTTP/1.1\r\nHost: edge\r\nUpgrade: x\r\nSec-WebSocket-Key: x\r\n\r\n'],
    [
      'of an upgrade to another version',
      'GET /relay HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: cOxopKYygwNxcff4D50+iw==\r\n\r\n',
    ],
  ])('%s end their connection, and are answered once at the most', async (_what, request) => {
    const { hostname, port } = new URL(cluster.edge(0).httpUrl);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += String(chunk);
    });
    const closed = new Promise((resolve) => socket.once('close', resolve)); // by a reset, too
    socket.write(request.repeat(1000));
    await closed;
    expect(text.split('HTTP/1.1 ').length - 1).toBeLessThanOrEqual(1);
    expect(await read('/health')).toMatchObject({ status: 200 });
  });
});

test('/relay without an upgrade is refused and harms nobody', async () => {
  expect((await read('/relay')).status).toBeGreaterThanOrEqual(400);
  expect((await read('/health')).status).toBe(200);
});

test('/metrics is what Prometheus reads, and each metric is explained', async () => {
  const device = await registeredDevice(cluster.edge(0));
  await sendAndAwaitAck(device, device.hardwareId);
  const { status, type, body } = await read('/metrics');
  expect(status).toBe(200);
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
  const families = parseStrictly(body);
  expect(families.get('openrelay_messages_accepted_total')?.samples.get('')).toBe(1);
  expect(families.get('openrelay_connections')?.samples.get('')).toBe(1);
  expect(families.get('process_cpu_seconds_total')?.samples.size).toBe(1);
});

describe('what the relay must not know it does not tell', () => {
  const secret = Buffer.from('the-secret-in-the-payload').toString('base64');

  /** Everything that the tests above this level do to an edge, right and wrong, with one marked payload. */
  async function makeTraffic(): Promise<string[]> {
    const sender = await registeredDevice(cluster.edge(0));
    const recipient = await registeredDevice(cluster.edge(1));
    const absent = freshHardwareId();
    const marked = { encrypted_data: secret, signature: secret };
    const sent = [recipient.hardwareId, absent].map((id) => sender.sendMessage(id, marked));
    await sender.next('Ack');
    await sender.next('Ack');
    await recipient.next('Receive');
    recipient.ack(sent[0]!.message_id);

    const refused = sender.sendMessage(absent, { ...marked, ttl: 0 });
    await errorOf(sender);
    await provokeRefusals(sender, absent);
    const packed = await packedDevice(cluster.edge(0));
    const payload = packed.message(recipient.hardwareId, { encrypted_data: Buffer.from(secret) });
    packed.sendBinary(packFrame({ type: 'Send', payload }));
    await packed.next('Ack');
    const newer = await registeredDevice(cluster.edge(1), { hardwareId: sender.hardwareId });
    await sender.closed;
    newer.terminate();
    return [
      ...[sender, recipient, packed].map(({ hardwareId }) => hardwareId),
      ...[...sent, refused, payload].map(({ message_id }) => String(message_id)),
      absent,
      secret,
    ];
  }

  async function provokeRefusals(sender: TestDevice, absent: string): Promise<void> {
    const before = await connectDevice(cluster.edge(0));
    before.sendMessage(absent, { encrypted_data: secret });
    await errorOf(before);
    sender.sendMessage(absent, { encrypted_data: secret, sender_id: absent });
    await errorOf(sender);
    sender.sendText(`{"type":"${secret}","payload":{"${secret}":`);
    await errorOf(sender);
    sender.sendFrame({ type: secret, payload: { hardware_id: absent } });
    await errorOf(sender);
    const payload = { recipient_id: absent, hardware_id: sender.hardwareId, public_key: secret, challenge: secret };
    sender.sendFrame({ type: 'AuthRequest', payload });
    await errorOf(sender);
  }

  function expectNone(text: string, secrets: readonly string[]): void {
    const folded = text.toLowerCase();
    expect(secrets.filter((one) => folded.includes(one.toLowerCase()))).toEqual([]);
  }

  test('neither on its pages nor in its log', async () => {
    const secrets = await makeTraffic();
    for (const edge of [0, 1]) {
      for (const path of ['/metrics', '/ready', '/health', '/bandwidth-status']) {
        expectNone((await read(path, edge)).body, secrets);
      }
      await cluster.edge(edge).stop();
      const log = cluster.edge(edge).output();
      expect(log).toContain('edge.starting'); // so nothing was cut off
      expectNone(log, secrets);
    }
  });
});
