import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { randomMessageId } from '../../src/connection/frames/message-id';
import { DeviceError, randomBytes, toBase64, utf8 } from '../../src/index';
import { pairDevices } from '../device-rig';
import { about, ackedAndDropped, altered, isOfKind, withField } from '../middle/lies';
import { MiddleRig, type ReadingRig } from '../middle/middle-rig';
import type { Frame, Lie } from '../middle/relay-in-the-middle';

const rig = new MiddleRig();
beforeAll(() => rig.start());
afterEach(() => rig.clear());
afterAll(() => rig.stop());

const rotatedTo = (keyId: bigint): object => ({ event: 'session', name: 'rotated', keyId });
const isRefused = { event: 'session', name: 'refused', why: 'altered' };
const acquainted = { event: 'introduction', name: 'acquainted' };
const seen = (type: string, way: 'up' | 'down'): number =>
  rig.middle.passed.filter((frame) => frame.type === type && frame.way === way).length;

/** Each reads what the other says. */
async function talk(one: ReadingRig, other: ReadingRig, text: string): Promise<void> {
  await one.device.send(other.id, { text });
  await other.device.send(one.id, { text });
  await eventually(() => expect([one.read.at(-1), other.read.at(-1)]).toEqual([text, text]));
}

/** As soon as the last key is in use both ways. */
async function rotate(one: ReadingRig, other: ReadingRig): Promise<void> {
  await eventually(async () => expect(await one.device.rotate(other.id)).toBe('started'));
}

const keyOf = ([one, other]: readonly [ReadingRig, ReadingRig]) => one.device.sessions.keyId(other.id);

/** Until both seal under it; who waits to come back does so at once. */
async function inUse([one, other]: readonly [ReadingRig, ReadingRig], keyId: bigint): Promise<void> {
  await eventually(async () => {
    for (const { device } of [one, other]) if (device.link.state.is === 'waiting') device.link.wake();
    expect([await keyOf([one, other]), await keyOf([other, one])]).toEqual([keyId, keyId]);
  });
}

describe('a relay that, of a rotation,', () => {
  /** Fresh ones each time: a device answers only so many updates of a peer in a minute. */
  async function twoWithKeys() {
    const [one, other] = [await rig.device('one'), await rig.device('other')];
    await pairDevices(one, other);
    return { one, other, first: 1n, second: 2n, next: 3n };
  }

  test('is honest, though in the middle, is no trouble', async () => {
    const { one, other, second } = await twoWithKeys();
    await rotate(one, other);
    await inUse([one, other], second);
    await talk(one, other, 'under the second key');
    expect([...one.events, ...other.events]).toMatchObject([rotatedTo(second)]);
  });

  const flipped = (frame: Frame) => altered(frame, 'encrypted_key_package', 40);
  const madeUp = (frame: Frame) => withField(frame, 'encrypted_key_package', toBase64(randomBytes(200)));
  test.each<[string, string, (frame: Frame) => readonly Frame[]]>([
    ['alters a byte of the update', 'KeyRotationUpdate', (frame) => [flipped(frame)]],
    ['makes the update up', 'KeyRotationUpdate', (frame) => [madeUp(frame)]],
    ['gives the update another key id', 'KeyRotationUpdate', (frame) => [withField(frame, 'key_id', 99n)]],
    ['drops the update', 'KeyRotationUpdate', () => []],
    ['alters a byte of the answer', 'KeyRotationAck', (frame) => [flipped(frame)]],
    ['makes the answer up', 'KeyRotationAck', (frame) => [madeUp(frame)]],
    ['makes a refusal up', 'KeyRotationAck', (frame) => [withField(madeUp(frame), 'success', false)]],
    ['drops the answer', 'KeyRotationAck', () => []],
  ])('%s: the old key goes on, and the next offer is as good as the first', async (_, type, lie) => {
    const { one, other, first, second } = await twoWithKeys();
    rig.middle.lie = about({ type, way: 'down' }, lie);
    await rotate(one, other);
    await eventually(() => expect(seen(type, 'down')).not.toBe(0));
    await talk(one, other, 'under the first key');
    expect(await keyOf([one, other])).toBe(first);
    expect([...one.events, ...other.events]).toEqual([]);

    rig.middle.lie = () => undefined;
    rig.middle.leg(one.id).cut();
    await inUse([one, other], second);
    await talk(one, other, 'under the second key');
    expect([...one.events, ...other.events]).toMatchObject([rotatedTo(second)]);
  });

  test('calls the answer a refusal: what the answer itself says counts', async () => {
    const { one, other, second } = await twoWithKeys();
    rig.middle.lie = about({ type: 'KeyRotationAck', way: 'down' }, (frame) => [withField(frame, 'success', false)]);
    await rotate(one, other);
    await inUse([one, other], second);
    expect([one.events, other.events]).toMatchObject([[rotatedTo(second)], []]);
  });

  test('shows everything of an old one again: nothing changes, and nobody has to pair again', async () => {
    const { one, other, second, next } = await twoWithKeys();
    await rotate(one, other);
    await inUse([one, other], second);
    const old = rig.middle.passed.filter(({ type, way }) => type.startsWith('KeyRotation') && way === 'down');
    await rotate(one, other);
    await inUse([one, other], next);
    for (const frame of [...old, ...old]) rig.middle.leg(frame.id).toDevice(frame);
    await talk(one, other, 'under the third key');
    await inUse([one, other], next);
    expect([one.events, other.events]).toMatchObject([[rotatedTo(second), rotatedTo(next)], []]);
  });

  test('hands it to another device: nothing changes', async () => {
    const { one, other, second } = await twoWithKeys();
    const third = await rig.device('third');
    await pairDevices(one, third);
    rig.middle.lie = about({ type: 'KeyRotationUpdate', way: 'up', id: one.id }, (frame) => [
      withField(frame, 'recipient_id', third.id),
    ]);
    await rotate(one, other);
    await eventually(() => expect(seen('KeyRotationUpdate', 'down')).not.toBe(0));
    await talk(one, other, 'with other');
    await talk(one, third, 'with third');
    expect([...one.events, ...other.events, ...third.events]).toEqual([]);

    rig.middle.lie = () => undefined;
    rig.middle.leg(one.id).cut();
    await inUse([one, other], second);
  });

  test('drops the confirmation: both read each other all the same', async () => {
    const { one, other, second } = await twoWithKeys();
    rig.middle.lie = about({ type: 'Send', way: 'up' }, (frame, leg) =>
      isOfKind('control', frame) ? ackedAndDropped(frame, leg) : undefined,
    );
    await rotate(one, other);
    await eventually(() => expect(one.events).toMatchObject([rotatedTo(second)]));
    await talk(one, other, 'under two keys');
    await inUse([one, other], second);
  });
});

describe('a relay that, of an introduction,', () => {
  const introduced = (rigs: readonly ReadingRig[]) =>
    rigs.map(({ device }) => device.peers.list().filter(({ kind }) => kind === 'introduced').length);

  async function twoAndTheirFriend() {
    const [hub, one, other] = [await rig.device('hub'), await rig.device('one'), await rig.device('other')];
    await pairDevices(hub, one);
    await pairDevices(hub, other);
    return { hub, one, other };
  }

  /** The first frames of this kind that come to these devices, and to any. */
  const introductions = (lie: Lie): Lie =>
    about({ type: 'Receive', way: 'down' }, (frame, leg) =>
      isOfKind('introduction', frame) ? lie(frame, leg) : undefined,
    );

  test('alters a byte: nobody trusts anybody, and a second introduction is as good as the first', async () => {
    const { hub, one, other } = await twoAndTheirFriend();
    rig.middle.lie = introductions((frame) => [altered(frame, 'encrypted_data', 60)]);
    await hub.device.introduce(one.id, other.id);
    await eventually(() => expect([one.events, other.events]).toMatchObject([[isRefused], [isRefused]]));
    expect(introduced([one, other])).toEqual([0, 0]);

    rig.middle.lie = () => undefined;
    await hub.device.introduce(one.id, other.id);
    await eventually(() => expect(hub.events).toMatchObject([acquainted]));
    await inUse([one, other], 2n);
    await talk(one, other, 'we know each other');
  });

  test('gives each the other’s: neither reads it', async () => {
    const { hub, one, other } = await twoAndTheirFriend();
    rig.middle.lie = introductions((frame) => {
      rig.middle.leg(frame.id === one.id ? other.id : one.id).toDevice(frame);
      return [];
    });
    await hub.device.introduce(one.id, other.id);
    await eventually(() => expect([one.events, other.events]).toMatchObject([[isRefused], [isRefused]]));
    expect(introduced([one, other])).toEqual([0, 0]);
  });

  test('acks one and drops it: nothing is sent to who has not heard, and a sentence says so', async () => {
    const { hub, one, other } = await twoAndTheirFriend();
    rig.middle.lie = about({ type: 'Send', way: 'up', id: hub.id }, (frame, leg) =>
      isOfKind('introduction', frame) && frame.payload.recipient_id === other.id
        ? ackedAndDropped(frame, leg)
        : undefined,
    );
    await hub.device.introduce(one.id, other.id);
    await eventually(() => expect(introduced([one, other])).toEqual([1, 0]));
    const sending = one.device.send(other.id, { text: 'too early' });
    await expect(sending).rejects.toBeInstanceOf(DeviceError);
    await expect(sending).rejects.toMatchObject({ code: 'not-ready', message: expect.stringContaining('try again') });

    rig.middle.lie = () => undefined;
    await hub.device.introduce(one.id, other.id);
    await eventually(() => expect(hub.events).toMatchObject([acquainted]));
    await inUse([one, other], 2n);
    await talk(one, other, 'now');
  });

  test('says everything twice: the two know each other, once', async () => {
    const { hub, one, other } = await twoAndTheirFriend();
    rig.middle.lie = (frame) => (frame.type === 'Receive' && frame.way === 'down' ? [frame, frame] : undefined);
    await hub.device.introduce(one.id, other.id);
    await inUse([one, other], 2n);
    await talk(one, other, 'hello');
    const names = [...one.events, ...other.events].map((event) => (event as { name: string }).name).sort();
    expect(names).toEqual(['introduced', 'introduced', 'rotated']);
    expect(hub.events).toMatchObject([acquainted]);
  });

  test('alters the rotation of the two: nothing is sent before there is a key of their own', async () => {
    const { hub, one, other } = await twoAndTheirFriend();
    rig.middle.lie = about({ type: 'KeyRotationUpdate', way: 'down' }, (frame) => [
      altered(frame, 'encrypted_key_package', 40),
    ]);
    await hub.device.introduce(one.id, other.id);
    await eventually(() => expect(introduced([one, other])).toEqual([1, 1]));
    await expect(one.device.send(other.id, { text: 'too early' })).rejects.toMatchObject({ code: 'not-ready' });
    await expect(other.device.send(one.id, { text: 'too early' })).rejects.toMatchObject({ code: 'not-ready' });
    // One that speaks all the same is not heard.
    const early = { kind: 'message', head: { t: 'text' }, body: utf8('too early'), ttlSeconds: 60 } as const;
    const posted = await one.device.sessions.post(other.id, { ...early, messageId: randomMessageId() });
    await posted.accepted;

    rig.middle.lie = () => undefined;
    for (const { id } of [one, other]) rig.middle.leg(id).cut();
    await inUse([one, other], 2n);
    await talk(one, other, 'now');
    expect(other.read).toEqual(['now']);
  });
});
