import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { DeviceSigner, freshHardwareId, type TestDevice } from '@openrelay/testing';
import {
  claimedDevice,
  connectDevice,
  deviceOf,
  encodings,
  errorOf,
  exchange,
  keyKinds,
  placements,
  proveKey,
  registerClaimed,
  registeredDevice,
  say,
  sendAndAwaitAck,
  showKey,
} from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

const dances = encodings.flatMap((encoding) => keyKinds.map((kind) => ({ encoding, kind })));

/** What a connection is told that asks for the id without its key. */
async function refusalWithout(device: TestDevice, fields: Record<string, unknown> = {}) {
  say(device, 'Register', { hardware_id: device.hardwareId, ...fields });
  return errorOf(device);
}

describe.each(dances)('a $encoding device with a key of $kind', ({ encoding, kind }) => {
  test('is challenged, proves its key, and its id is its own from then on', async () => {
    const signer = await DeviceSigner.make(kind);
    const device = await deviceOf(cluster.edge(0), encoding);
    say(device, 'Register', { hardware_id: device.hardwareId, public_key: signer.shown, acks: true });
    const { payload } = await device.next('Challenge');
    const nonce = payload.nonce as string;
    expect(Buffer.from(nonce, 'base64')).toHaveLength(32);
    expect(Buffer.from(nonce, 'base64').toString('base64')).toBe(nonce);
    const endsInMs = Number(payload.expires_at) - Date.now();
    expect(endsInMs).toBeGreaterThan(20_000);
    expect(endsInMs).toBeLessThan(40_000);
    say(device, 'Prove', { signature: await signer.prove(device.hardwareId, device.host, nonce) });
    const answer = await device.next('RegisterResponse');
    expect(answer.payload).toMatchObject({
      hardware_id: device.hardwareId,
      device_id: device.hardwareId,
      claimed: true,
      limits: { requests_left: 60 },
    });

    const thief = await connectDevice(cluster.edge(1));
    thief.hardwareId = device.hardwareId.toLowerCase();
    expect(await refusalWithout(thief)).toMatchObject({ code: 401 });
    say(device, 'Ping', {});
    await device.next('Pong');
  });

  test('registers again with its key, on either edge, and gets what waited', async () => {
    const signer = await DeviceSigner.make(kind);
    const first = await deviceOf(cluster.edge(0), encoding);
    await registerClaimed(first, signer);
    await first.close();
    const sender = await registeredDevice(cluster.edge(0));
    const { sent } = await sendAndAwaitAck(sender, first.hardwareId);

    const second = await deviceOf(cluster.edge(1), encoding);
    second.hardwareId = first.hardwareId;
    const { payload } = await registerClaimed(second, signer);
    expect(payload).toMatchObject({ claimed: true, limits: { queued: 1 } });
    expect((await second.next('Receive')).payload.message_id).toBe(sent.message_id);
  });

  test.each([
    [
      'another key',
      async (device: TestDevice, nonce: string) =>
        (await DeviceSigner.make(kind)).prove(device.hardwareId, device.host, nonce),
    ],
    ['random bytes', async () => randomBytes(64).toString('base64')],
    ['zeros', async () => Buffer.alloc(64).toString('base64')],
  ])('is refused with a signature of %s, and may try again', async (_name, signatureOf) => {
    const signer = await DeviceSigner.make(kind);
    const device = await deviceOf(cluster.edge(0), encoding);
    const nonce = await showKey(device, signer);
    say(device, 'Prove', { signature: await signatureOf(device, nonce) });
    expect(await errorOf(device)).toMatchObject({ code: 401, message: expect.any(String) });
    const { payload } = await registerClaimed(device, signer);
    expect(payload).toMatchObject({ claimed: true });
  });

  test.each([
    ['another id', (device: TestDevice) => ({ id: freshHardwareId(), host: device.host })],
    ['another host', (device: TestDevice) => ({ id: device.hardwareId, host: 'relay.example.org' })],
    ['another port', (device: TestDevice) => ({ id: device.hardwareId, host: device.host.replace(/\d+$/, '1') })],
    ['no host', (device: TestDevice) => ({ id: device.hardwareId, host: '' })],
  ])('is refused with a proof for %s', async (_name, wrongOf) => {
    const signer = await DeviceSigner.make(kind);
    const device = await deviceOf(cluster.edge(0), encoding);
    const nonce = await showKey(device, signer);
    const { id, host } = wrongOf(device);
    say(device, 'Prove', { signature: await signer.prove(id, host, nonce) });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
  });

  test('hands its id on to a new key, which the old one has signed', async () => {
    const [former, next] = [await DeviceSigner.make(kind), await DeviceSigner.make(kind)];
    const device = await deviceOf(cluster.edge(0), encoding);
    await registerClaimed(device, former);

    const heir = await deviceOf(cluster.edge(1), encoding);
    heir.hardwareId = device.hardwareId;
    const succession = await former.succeededBy(device.hardwareId, next);
    expect((await registerClaimed(heir, next, { succession })).payload).toMatchObject({ claimed: true });
    expect((await device.closed).code).toBe(4001);

    const late = await deviceOf(cluster.edge(0), encoding);
    late.hardwareId = device.hardwareId;
    await proveKey(late, former);
    expect(await errorOf(late)).toMatchObject({ code: 401 });
    await registerClaimed(late, next, { succession }); // once more changes nothing
    await registerClaimed(late, next);
  });
});

test('a succession across the kinds of keys counts, and one of a stranger does not', async () => {
  const { device, signer } = await claimedDevice(cluster.edge(0));
  const next = await DeviceSigner.make('P-256');
  const stranger = await DeviceSigner.make();
  const thief = await connectDevice(cluster.edge(1));
  thief.hardwareId = device.hardwareId;
  for (const succession of [
    await stranger.succeededBy(device.hardwareId, next),
    await signer.succeededBy(freshHardwareId(), next),
    await signer.succeededBy(device.hardwareId, stranger),
    randomBytes(64).toString('base64'),
  ]) {
    await proveKey(thief, next, { succession });
    expect(await errorOf(thief)).toMatchObject({ code: 401 });
  }
  await exchange(device, device);
  await registerClaimed(thief, next, { succession: await signer.succeededBy(device.hardwareId, next) });
});

describe('whoever does not have the key', () => {
  test.each(placements)('disturbs nobody, $where', async ({ from, to }) => {
    const { device } = await claimedDevice(cluster.edge(from));
    const sender = await registeredDevice(cluster.edge(from));
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const thief = await connectDevice(cluster.edge(to));
      thief.hardwareId = device.hardwareId;
      expect(await refusalWithout(thief)).toMatchObject({ code: 401 });
      expect(thief.frames).toHaveLength(1);
      thief.terminate();
    }
    await exchange(sender, device);
    expect(device.isOpen).toBe(true);
  });

  test('says nothing in the name of the id, however fast it is said', async () => {
    const { device, signer } = await claimedDevice(cluster.edge(0));
    const recipient = await registeredDevice(cluster.edge(0));
    const thief = await connectDevice(cluster.edge(0));
    thief.hardwareId = device.hardwareId;
    const sends = 5;
    thief.sendFrame({ type: 'Register', payload: { hardware_id: thief.hardwareId } });
    for (let sent = 0; sent < sends; sent += 1) thief.sendMessage(recipient.hardwareId);
    thief.sendFrame({ type: 'Status', payload: { hardware_id: thief.hardwareId, status: 'Offline' } });
    thief.sendMessage(recipient.hardwareId);
    thief.sendFrame({ type: 'Contacts', payload: { accept: 'listed' } });
    const codes: unknown[] = [];
    while (codes.length < sends + 3) codes.push((await errorOf(thief)).code);
    expect(codes.filter((code) => code === 401)).toHaveLength(1);
    expect(codes.filter((code) => code === 403)).toHaveLength(sends + 2);

    await exchange(device, recipient); // the first that comes is the device's own
    const { payload } = await registerClaimed(device, signer);
    expect(payload.limits).toMatchObject({ requests_left: 59 });
  });

  test('may go on to register another id on the same connection', async () => {
    const { device } = await claimedDevice(cluster.edge(0));
    const other = await connectDevice(cluster.edge(0));
    other.hardwareId = device.hardwareId;
    expect(await refusalWithout(other)).toMatchObject({ code: 401 });
    await other.register(freshHardwareId());
    await exchange(other, device);
  });
});

test('what a connection has proven counts for all that it asks for later', async () => {
  const { device } = await claimedDevice(cluster.edge(0));
  for (const status of ['Offline', 'Online'] as const)
    device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status } });
  await exchange(device, device);
  // A Register that shows no key goes by what was proven before on this connection.
  expect((await device.register()).payload).toMatchObject({ claimed: true });
});

test('wrong proofs cost more than other frames: whoever goes on is told to slow down, and closed', async () => {
  const signer = await DeviceSigner.make();
  const device = await connectDevice(cluster.edge(0));
  let attempts = 0;
  for (; attempts < 500 && device.isOpen; attempts += 1) {
    say(device, 'Register', { hardware_id: device.hardwareId, public_key: signer.shown });
    say(device, 'Prove', { signature: randomBytes(64).toString('base64') });
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await device.closed).code).toBe(4008);
  const checked = device.frames.filter(({ payload }) => payload.code === 401).length;
  expect(checked).toBeLessThan(40);
});

test('neither the claimed nor the unclaimed nor the unknown look different to a sender', async () => {
  const { device: claimed } = await claimedDevice(cluster.edge(0));
  const unclaimed = await registeredDevice(cluster.edge(0));
  await Promise.all([claimed.close(), unclaimed.close()]);
  const sender = await registeredDevice(cluster.edge(1));
  const ids = [claimed.hardwareId, unclaimed.hardwareId, freshHardwareId()];
  const answers: unknown[] = [];
  for (const id of ids) {
    const stored = await sendAndAwaitAck(sender, id, { ttl: 60 });
    const live = sender.sendMessage(id, { ttl: 0 });
    const refused = await errorOf(sender);
    sender.sendFrame({
      type: 'AuthRequest',
      payload: { hardware_id: sender.hardwareId, recipient_id: id, public_key: 'a2V5', challenge: 'YXNr' },
    });
    const absent = await errorOf(sender);
    const { status, expires_at } = stored.answer;
    const livesMs = Math.round((Number(expires_at) - Date.now()) / 10_000);
    answers.push([status, livesMs, { ...refused, message_id: refused.message_id === live.message_id }, absent]);
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

test('a key may hold several ids', async () => {
  const signer = await DeviceSigner.make();
  const one = await claimedDevice(cluster.edge(0), {}, signer);
  const other = await claimedDevice(cluster.edge(0), {}, signer);
  await exchange(one.device, other.device);
});

test('a device that has to ask often has as many attempts with a key as without', async () => {
  const signer = await DeviceSigner.make();
  const device = await connectDevice(cluster.edge(0));
  const stranger = await claimedDevice(cluster.edge(1));
  device.hardwareId = stranger.device.hardwareId;
  for (let attempt = 0; attempt < 8; attempt += 1) {
    await proveKey(device, signer);
    expect(await errorOf(device)).toMatchObject({ code: 401 }); // a right proof of a key that is not the id's
  }
});
