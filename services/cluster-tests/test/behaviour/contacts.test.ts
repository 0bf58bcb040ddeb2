import { describe, expect, test } from '@jest/globals';
import { contactTag, DeviceSigner, freshHardwareId, type TestDevice } from '@openrelay/testing';
import {
  claimedDevice,
  connectDevice,
  deviceOf,
  encodings,
  errorOf,
  exchange,
  placements,
  registerClaimed,
  registeredDevice,
  say,
  sendAndAwaitAck,
} from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

type Fields = Record<string, unknown>;

/** Answers the payload of the ContactsResponse. */
async function setContacts(device: TestDevice, fields: Fields): Promise<Fields> {
  say(device, 'Contacts', fields);
  return (await device.next('ContactsResponse')).payload;
}

function someTags(count: number): string[] {
  const own = freshHardwareId();
  return Array.from({ length: count }, () => contactTag(own, freshHardwareId()));
}

/** What a sender without a place on the list gets, of each kind of message. */
async function refusalsOf(sender: TestDevice, recipientId: string): Promise<Fields[]> {
  const { hardwareId } = sender;
  const stored = sender.sendMessage(recipientId, { ttl: 60 });
  const first = await errorOf(sender);
  const live = sender.sendMessage(recipientId, { ttl: 0 });
  const second = await errorOf(sender);
  say(sender, 'KeyRotationUpdate', {
    hardware_id: hardwareId,
    recipient_id: recipientId,
    encrypted_key_package: 'a2V5',
    key_id: 1,
  });
  const third = await errorOf(sender);
  expect(first.message_id).toBe(stored.message_id);
  expect(second.message_id).toBe(live.message_id);
  return [first, second, third].map((payload) => ({ ...payload, message_id: undefined }));
}

describe.each(encodings)('a claimed device that speaks %s', (encoding) => {
  test('adds, removes and replaces contacts, and is told how many are listed', async () => {
    const device = await deviceOf(cluster.edge(0), encoding);
    await registerClaimed(device, await DeviceSigner.make());
    const [one, two, three] = someTags(3) as [string, string, string];
    expect(await setContacts(device, { accept: 'anyone' })).toEqual({ accept: 'anyone', listed: 0 });
    expect(await setContacts(device, { accept: 'listed', add: [one, two] })).toEqual({ accept: 'listed', listed: 2 });
    expect(await setContacts(device, { accept: 'listed', add: [two.toUpperCase()] })).toMatchObject({ listed: 2 });
    expect(await setContacts(device, { accept: 'listed', remove: [one, three] })).toMatchObject({ listed: 1 });
    expect(await setContacts(device, { accept: 'listed', replace: [one, three, one] })).toMatchObject({ listed: 2 });
    expect(await setContacts(device, { accept: 'anyone', replace: [] })).toEqual({ accept: 'anyone', listed: 0 });
    const all = { accept: 'listed', replace: [one], add: [two, three], remove: [three] };
    expect(await setContacts(device, all)).toEqual({ accept: 'listed', listed: 2 });
  });

  test('may list a thousand, and no more, and a change is made whole or not at all', async () => {
    const device = await deviceOf(cluster.edge(0), encoding);
    await registerClaimed(device, await DeviceSigner.make());
    const tags = someTags(1000);
    expect(await setContacts(device, { accept: 'anyone', add: tags })).toMatchObject({ listed: 1000 });
    say(device, 'Contacts', { accept: 'listed', add: someTags(1) });
    expect(await errorOf(device)).toMatchObject({ code: 413 });
    say(device, 'Contacts', { accept: 'listed', add: someTags(1001) });
    expect(await errorOf(device)).toMatchObject({ code: 400 });
    expect(await setContacts(device, { accept: 'anyone', remove: tags.slice(0, 1), add: someTags(1) })).toEqual({
      accept: 'anyone',
      listed: 1000,
    });
  });
});

test.each([
  ['no accept', {}],
  ['another accept', { accept: 'nobody' }],
  ['a tag that is too short', { accept: 'listed', add: ['00'.repeat(15)] }],
  ['a tag that is no hex', { accept: 'listed', remove: ['zz'.repeat(16)] }],
  ['no list', { accept: 'listed', replace: 'all' }],
])('a Contacts with %s is answered 400', async (_name, fields) => {
  const { device } = await claimedDevice(cluster.edge(0));
  say(device, 'Contacts', fields);
  expect(await errorOf(device)).toMatchObject({ code: 400 });
});

test('a device that is not registered, or not claimed, has no contacts', async () => {
  const device = await connectDevice(cluster.edge(0));
  say(device, 'Contacts', { accept: 'listed' });
  expect(await errorOf(device)).toMatchObject({ code: 403 });
  await device.register();
  say(device, 'Contacts', { accept: 'listed' });
  expect(await errorOf(device)).toMatchObject({ code: 401 });
  await registerClaimed(device, await DeviceSigner.make());
  expect(await setContacts(device, { accept: 'listed' })).toEqual({ accept: 'listed', listed: 0 });
});

describe.each(placements)('while only listed contacts are accepted, $where', ({ from, to }) => {
  test('a contact is served as ever, and anybody else is answered as by a full queue, or as if nobody were there', async () => {
    const { device } = await claimedDevice(cluster.edge(to));
    const [friend, stranger] = [await registeredDevice(cluster.edge(from)), await registeredDevice(cluster.edge(from))];
    await exchange(stranger, device); // before the list counts
    const add = [contactTag(device.hardwareId, friend.hardwareId)];
    await setContacts(device, { accept: 'listed', add });

    await exchange(friend, device);
    const live = friend.sendMessage(device.hardwareId, { ttl: 0 });
    expect((await device.next('Receive')).payload.message_id).toBe(live.message_id);
    await friend.next('Ack');

    const refusals = await refusalsOf(stranger, device.hardwareId);
    expect(refusals.map(({ code }) => code)).toEqual([507, 404, 507]);
    const absent = await refusalsOf(stranger, device.hardwareId); // the second time, too
    expect(absent).toEqual(refusals);
    await exchange(friend, device); // and nothing else has come

    // Nobody there, for comparison.
    stranger.sendMessage(freshHardwareId(), { ttl: 0 });
    const nobody = { ...(await errorOf(stranger)), message_id: undefined };
    expect(refusals[1]).toEqual(nobody);

    await setContacts(device, { accept: 'anyone' });
    await exchange(stranger, device);
  });

  test('a device that takes messages from listed contacts only can write to itself, stored and live', async () => {
    const { device } = await claimedDevice(cluster.edge(from));
    expect(await setContacts(device, { accept: 'listed' })).toEqual({ accept: 'listed', listed: 0 });
    for (const ttl of [60, 0]) {
      const { message_id: id } = device.sendMessage(device.hardwareId.toLowerCase(), { ttl });
      expect((await device.next('Receive')).payload.message_id).toBe(id);
      expect((await device.next('Ack')).payload.message_id).toBe(id);
    }
  });

  test('its list lives on while it is away, and on its next connection', async () => {
    const { device, signer } = await claimedDevice(cluster.edge(to));
    const friend = await registeredDevice(cluster.edge(from));
    const stranger = await registeredDevice(cluster.edge(from));
    await setContacts(device, { accept: 'listed', add: [contactTag(device.hardwareId, friend.hardwareId)] });
    await device.close();
    expect((await refusalsOf(stranger, device.hardwareId)).map(({ code }) => code)).toEqual([507, 404, 507]);
    const { sent } = await sendAndAwaitAck(friend, device.hardwareId);
    const next = await connectDevice(cluster.edge(from));
    next.hardwareId = device.hardwareId;
    await registerClaimed(next, signer);
    expect((await next.next('Receive')).payload.message_id).toBe(sent.message_id);
    expect((await refusalsOf(stranger, device.hardwareId)).map(({ code }) => code)).toEqual([507, 404, 507]);
    expect(await setContacts(next, { accept: 'listed' })).toEqual({ accept: 'listed', listed: 1 });
  });

  test('requests to pair pass, five in a minute', async () => {
    const { device } = await claimedDevice(cluster.edge(to));
    await setContacts(device, { accept: 'listed' });
    const stranger = await registeredDevice(cluster.edge(from));
    const request = {
      hardware_id: stranger.hardwareId,
      recipient_id: device.hardwareId,
      public_key: 'a2V5',
      challenge: 'YXNr',
    };
    for (let asked = 0; asked < 5; asked += 1) {
      say(stranger, 'AuthRequest', request);
      expect((await device.next('AuthRequest')).payload.hardware_id).toBe(stranger.hardwareId);
    }
    say(stranger, 'AuthRequest', request);
    expect(await errorOf(stranger)).toMatchObject({ code: 404 });
  });
});

test('a change of one contact counts for eight control frames', async () => {
  const { device } = await claimedDevice(cluster.edge(0));
  // Of 600, of which the registration has taken two.
  for (const tag of someTags(74)) await setContacts(device, { accept: 'anyone', add: [tag] });
  say(device, 'Contacts', { accept: 'anyone', add: someTags(1) });
  expect(await errorOf(device)).toMatchObject({ code: 429 });
});

test('a list of contacts counts for as much as it costs', async () => {
  const { device } = await claimedDevice(cluster.edge(0));
  const tags = someTags(1000);
  // Of 600: 32 for the list, and 16 for the values of the frame.
  for (let asked = 0; asked < 12; asked += 1) await setContacts(device, { accept: 'anyone', replace: tags });
  say(device, 'Contacts', { accept: 'anyone', replace: tags });
  expect(await errorOf(device)).toMatchObject({ code: 429 });
  await exchange(device, device);
  expect(device.isOpen).toBe(true);
});
