import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { DeviceSigner, freshHardwareId } from '@openrelay/testing';
import {
  claimedDevice,
  connectDevice,
  deviceOf,
  encodings,
  errorOf,
  exchange,
  placements,
  registeredDevice,
  say,
  showKey,
} from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

describe('a challenge', () => {
  test('is answered once', async () => {
    const { device, signer } = await claimedDevice(cluster.edge(0));
    const nonce = await showKey(device, signer);
    const signature = await signer.prove(device.hardwareId, device.host, nonce);
    say(device, 'Prove', { signature });
    await device.next('RegisterResponse');
    say(device, 'Prove', { signature });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
    await exchange(device, device);
  });

  test('is over after a wrong answer, and the right one comes too late', async () => {
    const signer = await DeviceSigner.make();
    const device = await connectDevice(cluster.edge(0));
    const nonce = await showKey(device, signer);
    say(device, 'Prove', { signature: randomBytes(64).toString('base64') });
    say(device, 'Prove', { signature: await signer.prove(device.hardwareId, device.host, nonce) });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
  });

  test('is over when the device registers anew, and nothing that was signed for it counts', async () => {
    const signer = await DeviceSigner.make();
    const device = await connectDevice(cluster.edge(0));
    const first = await showKey(device, signer);
    const second = await showKey(device, signer);
    expect(second).not.toBe(first);
    say(device, 'Prove', { signature: await signer.prove(device.hardwareId, device.host, first) });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
  });

  test('is over when the device registers without a key', async () => {
    const signer = await DeviceSigner.make();
    const device = await connectDevice(cluster.edge(0));
    const nonce = await showKey(device, signer);
    const { payload } = await device.register();
    expect(payload).not.toHaveProperty('claimed');
    say(device, 'Prove', { signature: await signer.prove(device.hardwareId, device.host, nonce) });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
  });

  test.each(placements)('is that of its own connection, $where', async ({ from, to }) => {
    const signer = await DeviceSigner.make();
    const [one, other] = [await connectDevice(cluster.edge(from)), await connectDevice(cluster.edge(to))];
    other.hardwareId = one.hardwareId;
    const nonce = await showKey(one, signer);
    await showKey(other, signer);
    // As if it had dialled the same host: the nonce is all that is different.
    say(other, 'Prove', { signature: await signer.prove(one.hardwareId, other.host, nonce) });
    expect(await errorOf(other)).toMatchObject({ code: 401 });
  });

  test('is nothing to a connection that has shown no key', async () => {
    const device = await connectDevice(cluster.edge(0));
    say(device, 'Prove', { signature: randomBytes(64).toString('base64') });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
    await device.register();
    say(device, 'Prove', { signature: randomBytes(64).toString('base64') });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
  });

  test('says nothing of whether the id is claimed', async () => {
    const { device } = await claimedDevice(cluster.edge(0));
    const signer = await DeviceSigner.make();
    const asker = await connectDevice(cluster.edge(0));
    asker.hardwareId = device.hardwareId;
    await showKey(asker, signer);
    asker.hardwareId = freshHardwareId();
    await showKey(asker, signer);
  });
});

describe.each(encodings)('malformed in %s', (encoding) => {
  const point = Buffer.concat([Buffer.of(4), randomBytes(64)]).toString('base64');
  test.each([
    ['a key of 31 bytes', 'Register', { public_key: randomBytes(31).toString('base64') }],
    ['a key that is no point of its curve', 'Register', { public_key: point }],
    [
      'a compressed point',
      'Register',
      { public_key: Buffer.concat([Buffer.of(2), randomBytes(32)]).toString('base64') },
    ],
    ['a key in hex', 'Register', { public_key: randomBytes(32).toString('hex') }],
    ['a key without padding', 'Register', { public_key: Buffer.alloc(32).toString('base64').slice(0, -1) }],
    ['a succession of 63 bytes', 'Register', { succession: randomBytes(63).toString('base64') }],
    ['another presence', 'Register', { presence: 'invisible' }],
    ['a signature of DER', 'Prove', { signature: randomBytes(70).toString('base64') }],
    ['a number for a signature', 'Prove', { signature: 7 }],
    ['no signature', 'Prove', {}],
  ])('%s is answered 400', async (_name, type, fields) => {
    const device = await deviceOf(cluster.edge(0), encoding);
    say(device, type, { hardware_id: device.hardwareId, ...fields });
    expect(await errorOf(device)).toMatchObject({ code: 400 });
    say(device, 'Register', { hardware_id: device.hardwareId });
    await device.next('RegisterResponse');
  });
});

describe('while it is challenged', () => {
  test('a device is as before its Register, and everything is answered', async () => {
    const signer = await DeviceSigner.make();
    const device = await connectDevice(cluster.edge(0));
    const nonce = await showKey(device, signer);
    const sent = device.sendMessage(device.hardwareId);
    device.sendFrame({ type: 'Ping' });
    device.ack(sent.message_id);
    device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status: 'Online' } });
    device.sendFrame({ type: 'Contacts', payload: { accept: 'anyone' } });
    await device.next('Pong');
    for (let answered = 0; answered < 4; answered += 1) expect(await errorOf(device)).toMatchObject({ code: 403 });
    say(device, 'Prove', { signature: await signer.prove(device.hardwareId, device.host, nonce) });
    await device.next('RegisterResponse');
    await exchange(device, device);
  });

  test('a device that is registered already stays so, and its messages come', async () => {
    const device = await registeredDevice(cluster.edge(0));
    const signer = await DeviceSigner.make();
    const nonce = await showKey(device, signer);
    await exchange(device, device);
    say(device, 'Prove', { signature: await signer.prove(device.hardwareId, device.host, nonce) });
    expect((await device.next('RegisterResponse')).payload).toMatchObject({ claimed: true });
    await exchange(device, device);
  });

  test('the proof may come with frames behind it, which are taken in the name of the device', async () => {
    const signer = await DeviceSigner.make();
    const device = await connectDevice(cluster.edge(0));
    const recipient = await registeredDevice(cluster.edge(1));
    const nonce = await showKey(device, signer);
    const signature = await signer.prove(device.hardwareId, device.host, nonce);
    say(device, 'Prove', { signature });
    const sent = device.sendMessage(recipient.hardwareId);
    expect((await recipient.next('Receive')).payload.message_id).toBe(sent.message_id);
    await device.next('Ack');
    expect(device.frames.map(({ type }) => type)).toEqual(['Challenge', 'RegisterResponse', 'Ack']);
  });
});
