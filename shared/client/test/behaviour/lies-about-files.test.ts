import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { sha256, toHex } from '../../src/index';
import { about, ackedAndDropped, altered, isOfKind } from '../middle/lies';
import { MiddleRig, type ReadingRig } from '../middle/middle-rig';
import type { Frame, Leg, Passing } from '../middle/relay-in-the-middle';
import { memorySource, patternBytes } from '../transfers-rig/memory-file';

const rig = new MiddleRig();
beforeAll(() => rig.start());
afterEach(() => rig.clear());
afterAll(() => rig.stop());

/** Ten chunks and a bit. */
const bytes = patternBytes(700_000);

/** Names of the sealed messages of one side in a transfer by their order, which is all that a relay sees. */
const ofSender = { offer: 1, chunk: 6, 'last chunk': 12, end: 13 } as const;
const ofReceiver = { accept: 1, done: 2 } as const;

type Told = (passing: Passing, leg: Leg) => readonly Frame[];
/** What a relay can do to one message; `acks` it in any case, or the sender would say it again. */
const lies: Readonly<Record<string, Told>> = {
  'alters a byte of': (frame) => [altered(frame, 'encrypted_data', 100)],
  'acks and drops': ackedAndDropped,
};

/** Of the n-th message of a transfer that this device sends. */
function toldOnce(rigOf: ReadingRig, n: number, lie: Told) {
  let count = 0;
  return about({ type: 'Send', way: 'up', id: rigOf.id }, (frame, leg) => {
    if (!isOfKind('transfer', frame)) return undefined;
    count += 1;
    return count === n ? lie(frame, leg) : undefined;
  });
}

async function sendFile(sender: ReadingRig, receiver: ReadingRig): Promise<void> {
  const source = memorySource(bytes);
  receiver.files.finished.clear();
  sender.sources.set('film.mp4', source);
  await sender.device.sendFile({ peerId: receiver.id, name: 'film.mp4', source, place: 'film.mp4' });
}

const finished = (events: readonly unknown[]): unknown[] =>
  events.filter((event) => (event as { event: string }).event === 'finished');

async function arrivesWhole(sender: ReadingRig, receiver: ReadingRig): Promise<void> {
  const inTime = { timeoutMs: 30_000 };
  await eventually(() => expect(finished(sender.events)).toMatchObject([{ outcome: 'done', sentence: '' }]), inTime);
  await eventually(() => expect(finished(receiver.events)).toMatchObject([{ outcome: 'done', sentence: '' }]), inTime);
  expect(toHex(sha256(receiver.files.finished.get('film.mp4')!))).toBe(toHex(sha256(bytes)));
}

/** Until the message that was lied about has passed, and all that follows from it without a restart. */
async function untilPassed(from: ReadingRig, n: number): Promise<void> {
  await eventually(() => {
    const sent = rig.middle.passed.filter(
      (frame) => frame.type === 'Send' && frame.id === from.id && isOfKind('transfer', frame),
    );
    expect(sent.length).toBeGreaterThanOrEqual(n);
  });
}

const tellsOf = (events: readonly unknown[]): unknown[] =>
  events
    .filter((event) => (event as { event: string }).event === 'session')
    .map((event) => (event as { name: string }).name);

test.each(Object.entries(lies))(
  'a relay that %s a chunk of a file: it is sent again, and the file arrives whole',
  async (_, lie) => {
    const { one, other } = await rig.threePaired();
    rig.middle.lie = toldOnce(one, ofSender.chunk, lie);
    await sendFile(one, other);
    await arrivesWhole(one, other);
    expect(tellsOf(other.events)).toContain('missing');
  },
);

test.each(['offer', 'last chunk', 'end'] as const)(
  'a relay that acks and drops the %s of a file: the file arrives whole once its sender begins anew',
  async (name) => {
    const { one, other } = await rig.threePaired();
    rig.middle.lie = toldOnce(one, ofSender[name], ackedAndDropped);
    await sendFile(one, other);
    await untilPassed(one, ofSender[name]);
    await one.restart();
    await arrivesWhole(one, other);
  },
);

test.each(['accept', 'done'] as const)(
  'a relay that acks and drops the %s of a receiver: the file arrives whole once its sender begins anew',
  async (name) => {
    const { one, other } = await rig.threePaired();
    rig.middle.lie = toldOnce(other, ofReceiver[name], ackedAndDropped);
    await sendFile(one, other);
    await untilPassed(other, ofReceiver[name]);
    await one.restart();
    await arrivesWhole(one, other);
  },
);

test('a relay that hands every message of a transfer over twice: the file arrives whole, once', async () => {
  const { one, other } = await rig.threePaired();
  rig.middle.lie = about({ type: 'Receive', way: 'down' }, (frame) => [frame, frame]);
  await sendFile(one, other);
  await arrivesWhole(one, other);
  expect([...tellsOf(one.events), ...tellsOf(other.events)]).toEqual([]);
});

test('a relay that swaps two chunks of a file: the late one is refused and sent again, and the file arrives whole', async () => {
  const { one, other } = await rig.threePaired();
  const held: Frame[] = [];
  let count = 0;
  rig.middle.lie = about({ type: 'Receive', way: 'down', id: other.id }, (frame) => {
    count += 1;
    if (count !== 4 && count !== 5) return undefined;
    held.unshift(frame);
    return held.length < 2 ? [] : held;
  });
  await sendFile(one, other);
  await arrivesWhole(one, other);
  expect(tellsOf(other.events)).toEqual(['missing', 'refused']);
});

test('a relay that hands a file to another paired device, too: that one gets nothing of it', async () => {
  const { one, other, third } = await rig.threePaired();
  rig.middle.lie = about({ type: 'Receive', way: 'down', id: other.id }, (frame) => {
    rig.middle.leg(third.id).toDevice(frame);
    return undefined;
  });
  await sendFile(one, other);
  await arrivesWhole(one, other);
  await eventually(() => expect(tellsOf(third.events)).toContain('refused'));
  expect(await third.device.transfers.incomingList()).toEqual([]);
  expect([...third.files.finished.keys()]).toEqual([]);
});
