import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { concat, randomBytes, toBase64, utf8 } from '../../src/index';
import { about, ackedAndDropped, altered, times, withField } from '../middle/lies';
import { MiddleRig, type ReadingRig } from '../middle/middle-rig';
import type { Frame, Passing } from '../middle/relay-in-the-middle';

const rig = new MiddleRig();
beforeAll(() => rig.start());
afterEach(() => rig.clear());
afterAll(() => rig.stop());

const received = (id: string) => ({ type: 'Receive', way: 'down', id }) as const;
const texts = (from: ReadingRig, to: ReadingRig, ...said: string[]) =>
  said.reduce((before, text) => before.then(() => from.device.send(to.id, { text })), Promise.resolve<unknown>(0));

/** What came for a device so far, as the edge sent it. */
const arrivedFor = ({ id }: ReadingRig): Passing[] =>
  rig.middle.passed.filter((frame) => frame.type === 'Receive' && frame.way === 'down' && frame.id === id);

/** How often a device has acked a message. */
const acksOf = ({ id }: ReadingRig, messageId: unknown): number =>
  rig.middle.passed.filter(
    ({ way, type, payload, ...frame }) =>
      frame.id === id && way === 'up' && type === 'Ack' && payload.message_id === messageId,
  ).length;

const refused = (why: string, sentence: string) => ({
  event: 'session',
  name: 'refused',
  why,
  sentence: expect.stringContaining(sentence),
});
const missing = (count: number) => ({
  event: 'session',
  name: 'missing',
  count,
  sentence: expect.stringContaining('Ask for them again'),
});
const alteredOnItsWay = refused('altered', 'do not trust this relay');

describe('a relay that', () => {
  test('is honest, though in the middle, is no trouble', async () => {
    const { one, other, third } = await rig.threePaired();
    await texts(one, other, 'to');
    await texts(other, one, 'fro');
    await eventually(() => expect([one.read, other.read]).toEqual([['fro'], ['to']]));
    expect([...one.events, ...other.events, ...third.events]).toEqual([]);
  });

  test.each([0, 9, 17, 18, 30, -1])('alters byte %d of a message: it is not read, and told', async (at) => {
    const { one, other } = await rig.threePaired();
    const lie = times(1, (frame) => [altered(frame, 'encrypted_data', at)]);
    rig.middle.lie = about(received(other.id), lie);
    await texts(one, other, 'altered', 'whole');
    await eventually(() => expect(other.read).toEqual(['whole']));
    expect(other.events).toMatchObject([{ event: 'session', name: 'refused' }, missing(1)]);
  });

  test('makes a notice of a message: it is missing', async () => {
    const { one, other } = await rig.threePaired();
    const lie = times(1, (frame) => [altered(frame, 'encrypted_data', 1)]);
    rig.middle.lie = about(received(other.id), lie);
    await texts(one, other, 'altered', 'whole');
    await eventually(() => expect(other.read).toEqual(['whole']));
    expect(other.events).toMatchObject([missing(1)]);
  });

  test('hands a message over twice: it is read once, and acked again', async () => {
    const { one, other } = await rig.threePaired();
    rig.middle.lie = about(received(other.id), (frame) => [frame, frame]);
    await texts(one, other, 'first', 'second');
    await eventually(() => expect(acksOf(other, arrivedFor(other)[1]?.payload.message_id)).toBe(2));
    expect(other.read).toEqual(['first', 'second']);
    expect(other.events).toEqual([]);
  });

  test('replays a message after a restart: it is read once', async () => {
    const { one, other } = await rig.threePaired();
    await texts(one, other, 'first', 'second');
    await eventually(() => expect(other.read).toEqual(['first', 'second']));
    await other.restart();
    for (const old of arrivedFor(other).slice(0, 2)) rig.middle.leg(other.id).toDevice(old);
    await texts(one, other, 'third');
    await eventually(() => expect(other.read).toEqual(['first', 'second', 'third']));
    expect(other.events).toEqual([]);
  });

  test('replays a message under another id: it is altered', async () => {
    const { one, other } = await rig.threePaired();
    const again = (frame: Frame) => withField(frame, 'message_id', crypto.randomUUID());
    rig.middle.lie = about(received(other.id), (frame) => [frame, again(frame)]);
    await texts(one, other, 'once');
    await eventually(() => expect(other.events).toMatchObject([alteredOnItsWay]));
    expect(other.read).toEqual(['once']);
  });

  test('hands the second over before the first: what comes too late is not read, and told', async () => {
    const { one, other } = await rig.threePaired();
    const held: Frame[] = [];
    const swap = times(2, (frame) => {
      held.unshift(frame);
      return held.length < 2 ? [] : held;
    });
    rig.middle.lie = about(received(other.id), swap);
    await texts(one, other, 'first', 'second');
    await eventually(() =>
      expect(other.events).toMatchObject([missing(1), refused('out-of-order', 'the relay replayed it')]),
    );
    expect(other.read).toEqual(['second']);
  });

  test('acks a message and drops it: the next one tells that it is missing', async () => {
    const { one, other } = await rig.threePaired();
    rig.middle.lie = about({ type: 'Send', way: 'up', id: one.id }, times(1, ackedAndDropped));
    await texts(one, other, 'dropped', 'kept');
    await eventually(() => expect(other.events).toMatchObject([missing(1)]));
    expect(other.read).toEqual(['kept']);
  });

  test('acks nothing: the message goes again under its id, and is read once', async () => {
    const { one, other } = await rig.threePaired();
    const lie = times(1, (_, leg) => {
      leg.cut();
      return [];
    });
    rig.middle.lie = about({ type: 'Ack', way: 'down', id: one.id }, lie);
    await texts(one, other, 'patient');
    await texts(one, other, 'next');
    await eventually(() => expect(other.read).toEqual(['patient', 'next']));
    expect([...one.events, ...other.events]).toEqual([]);
  });

  test('acks what was never sent: it is no answer to what was', async () => {
    const { one, other } = await rig.threePaired();
    const lie = times(1, (_, leg) => {
      leg.toDevice({ type: 'Ack', payload: { message_id: crypto.randomUUID(), status: 'delivered' } });
      return [{ type: 'Ping', payload: {} }];
    });
    rig.middle.lie = about({ type: 'Send', way: 'up', id: one.id }, lie);
    const sending = texts(one, other, 'not lost');
    await eventually(() => expect(rig.middle.passed.some(({ type }) => type === 'Pong')).toBe(true));
    rig.middle.leg(one.id).cut();
    await sending;
    await eventually(() => expect(other.read).toEqual(['not lost']));
  });

  test('hands a message to another paired device, too: only its recipient reads it', async () => {
    const { one, other, third } = await rig.threePaired();
    const lie = about(received(other.id), (frame) => {
      rig.middle.leg(third.id).toDevice(frame);
      return undefined;
    });
    rig.middle.lie = lie;
    await texts(one, other, 'for other alone');
    await eventually(() => expect(other.read).toEqual(['for other alone']));
    await eventually(() => expect(third.events).toMatchObject([alteredOnItsWay]));
    expect(third.read).toEqual([]);
  });

  test('hands a message back to its sender: nobody reads it', async () => {
    const { one, other } = await rig.threePaired();
    const lie = about(received(other.id), (frame) => {
      const ids = { sender_id: other.id, hardware_id: other.id };
      rig.middle.leg(one.id).toDevice({ ...frame, payload: { ...frame.payload, ...ids } });
      return [];
    });
    rig.middle.lie = lie;
    await texts(one, other, 'mine');
    await eventually(() => expect(one.events).toMatchObject([alteredOnItsWay]));
    expect([...one.read, ...other.read]).toEqual([]);
  });

  test('says that another one sent it: it is not read', async () => {
    const { one, other, third } = await rig.threePaired();
    const lie = about(received(one.id), (frame) => [
      { ...frame, payload: { ...frame.payload, sender_id: third.id, hardware_id: third.id } },
    ]);
    rig.middle.lie = lie;
    await texts(other, one, 'from other');
    await eventually(() => expect(one.events).toMatchObject([alteredOnItsWay]));
    expect(one.read).toEqual([]);
  });

  test('makes a message up: nobody reads it', async () => {
    const { one, other } = await rig.threePaired();
    await texts(one, other, 'true');
    await eventually(() => expect(other.read).toEqual(['true']));
    const [frame] = arrivedFor(other);
    const data = concat(new Uint8Array([1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]), randomBytes(60));
    const made = withField(withField(frame!, 'message_id', crypto.randomUUID()), 'encrypted_data', data);
    rig.middle.leg(other.id).toDevice(made);
    await eventually(() => expect(other.events).toMatchObject([alteredOnItsWay]));
    expect(other.read).toEqual(['true']);
  });

  test('says that a peer has forgotten this device: without the peer’s own word it is not believed', async () => {
    const { one, other } = await rig.threePaired();
    await texts(other, one, 'a frame to copy');
    await texts(one, other, 'posted');
    const [[copied], [posted]] = [arrivedFor(one), arrivedFor(other)];
    const notice = { t: 'unpaired', message_id: posted!.payload.message_id, proof: toBase64(randomBytes(64)) };
    const data = concat(new Uint8Array([1, 0]), utf8(JSON.stringify(notice)));
    const made = withField(withField(copied!, 'message_id', crypto.randomUUID()), 'encrypted_data', data);
    rig.middle.leg(one.id).toDevice(made);
    await eventually(() => expect(acksOf(one, made.payload.message_id)).toBe(1));
    expect(one.events).toEqual([]);
  });
});
