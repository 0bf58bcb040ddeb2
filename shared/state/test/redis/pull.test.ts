import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { envelopeBytes, type Page, type QueuedMessage } from '../../src/index';
import { envelopeOfSize, freshDevice, freshName, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();

async function pullOne(
  shard: number,
  device: DeviceKey,
  session: string,
  cursor: number,
): Promise<Extract<Page, { status: 'page' }>> {
  const [page] = await rig.queue().pull(shard, [{ device, session, cursor }]);
  if (page?.status !== 'page') throw new Error('gone');
  return page;
}

/** Reads page after page, as a connection does, and answers the pages. */
async function pullAll(shard: number, device: DeviceKey, session: string): Promise<QueuedMessage[][]> {
  const pages: QueuedMessage[][] = [];
  for (let cursor = 0, more = true; more; ) {
    const page = await pullOne(shard, device, session, cursor);
    pages.push(page.messages);
    ({ cursor, more } = page);
  }
  return pages;
}

async function fill(shard: number, count: number): Promise<{ device: DeviceKey; session: string }> {
  const device = freshDevice();
  await rig.makeKnown(shard, device);
  for (let left = count; left > 0; left -= 64) await rig.accept(shard, messagesTo(device, Math.min(left, 64)));
  return { device, session: (await rig.hold(shard, device)).session };
}

describe('a reader', () => {
  test('gets what lies behind its cursor, and not the message at it', async () => {
    const shard = freshShard();
    const { device, session } = await fill(shard, 5);
    const page = await pullOne(shard, device, session, 3);
    expect(page).toMatchObject({ more: false, cursor: 5, messages: [{ seq: 4 }, { seq: 5 }] });
  });

  test('gets an empty page where nothing is, and keeps its cursor', async () => {
    const shard = freshShard();
    const { device, session } = await fill(shard, 2);
    for (const cursor of [2, 7]) {
      expect(await pullOne(shard, device, session, cursor)).toEqual({
        status: 'page',
        more: false,
        cursor,
        expired: 0,
        unreadable: 0,
        messages: [],
      });
    }
    const empty = await fill(shard, 0);
    expect(await pullOne(shard, empty.device, empty.session, 0)).toMatchObject({ more: false, messages: [] });
  });

  test.each([1, 7, 8, 9, 63, 64, 65, 130, 300])(
    'gets all of %d messages once and in order, in pages of 64',
    async (count) => {
      const shard = freshShard();
      const { device, session } = await fill(shard, count);
      const pages = await pullAll(shard, device, session);
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(64);
      const numbers = Array.from({ length: count }, (_, i) => i + 1);
      expect(pages.flat().map(({ seq }) => seq)).toEqual(numbers);
    },
  );

  test('changes nothing by reading', async () => {
    const shard = freshShard();
    const { device, session } = await fill(shard, 3);
    expect(await pullOne(shard, device, session, 0)).toEqual(await pullOne(shard, device, session, 0));
  });

  test('skips the gaps that acknowledged messages leave', async () => {
    const shard = freshShard();
    const { device, session } = await fill(shard, 20);
    const gone = [1, 2, 5, 9, 10, 11, 12, 20];
    await rig.acknowledge(
      shard,
      gone.map((seq) => ({ device, session, seq, bytes: 1 })),
    );
    const left = (await pullAll(shard, device, session)).flat().map(({ seq }) => seq);
    expect(left).toEqual([3, 4, 6, 7, 8, 13, 14, 15, 16, 17, 18, 19]);
  });

  test('is told the bytes that each message takes', async () => {
    const [shard, device, message] = [freshShard(), freshDevice(), messageTo(freshDevice())];
    await rig.accept(shard, [{ ...message, recipient: device }]);
    const { session } = await rig.hold(shard, device);
    expect((await pullOne(shard, device, session, 0)).messages[0]!.bytes).toBe(envelopeBytes(message.envelope));
  });

  test('that no longer holds the device, or never did, finds it gone', async () => {
    const shard = freshShard();
    const { device, session } = await fill(shard, 2);
    const { session: newer } = await rig.hold(shard, device);
    const readers = [session, newer, freshName('session')].map((each) => ({ device, session: each, cursor: 0 }));
    const pages = await rig.queue().pull(shard, [...readers, { device: freshDevice(), session, cursor: 0 }]);
    expect(pages.map(({ status }) => status)).toEqual(['gone', 'page', 'gone', 'gone']);
  });

  test('may be none, or several at a time, each with a page of its own', async () => {
    const shard = freshShard();
    const [one, other] = [await fill(shard, 3), await fill(shard, 1)];
    expect(await rig.queue().pull(shard, [])).toEqual([]);
    const pages = await rig.queue().pull(shard, [
      { ...one, cursor: 1 },
      { ...other, cursor: 0 },
    ]);
    expect(pages).toMatchObject([{ messages: [{ seq: 2 }, { seq: 3 }] }, { messages: [{ seq: 1 }] }]);
  });
});

describe('a page', () => {
  test('ends before 512 KiB are passed', async () => {
    const { shard, device } = await rig.known();
    const sizes = [200, 200, 100, 200, 300].map((kib) => kib * 1024);
    await rig.accept(
      shard,
      sizes.map((size) => messageTo(device, { envelope: envelopeOfSize(size) })),
    );
    const { session } = await rig.hold(shard, device);
    const pages = await pullAll(shard, device, session);
    expect(pages.map((page) => page.map(({ seq }) => seq))).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(pages.flat().map(({ envelope }) => envelope.sealed.frame.length)).toEqual(sizes);
  });

  test('gives a message that is larger than a page whole, and alone', async () => {
    const { shard, device } = await rig.known();
    const sizes = [10, 1_000_000, 10].map((size) => messageTo(device, { envelope: envelopeOfSize(size) }));
    await rig.accept(shard, sizes);
    const { session } = await rig.hold(shard, device);
    const pages = await pullAll(shard, device, session);
    expect(pages.map((page) => page.map(({ seq }) => seq))).toEqual([[1], [2], [3]]);
    expect(pages[1]![0]!.envelope.sealed.frame).toHaveLength(1_000_000);
  });
});

test('a crowd of readers with full queues is given 2,048 messages in a call, and the others ask again', async () => {
  const shard = freshShard();
  const devices = Array.from({ length: 40 }, freshDevice);
  const readers = await Promise.all(
    devices.map(async (device) => ({ device, session: (await rig.hold(shard, device)).session, cursor: 0 })),
  );
  for (const device of devices) await rig.accept(shard, messagesTo(device, 64));
  const pages = await rig.queue().pull(shard, readers);
  const given = pages.map((page) => (page.status === 'page' ? [page.messages.length, page.more] : []));
  expect(given.slice(0, 32)).toEqual(Array(32).fill([64, false]));
  expect(given.slice(32)).toEqual(Array(8).fill([0, true]));
});

test('pages that would be too much for one call are empty, and there is more for their readers', async () => {
  const shard = freshShard();
  const readers = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const device = freshDevice();
      await rig.makeKnown(shard, device);
      await rig.accept(shard, [messageTo(device, { envelope: envelopeOfSize(500_000) })]);
      return { device, session: (await rig.hold(shard, device)).session, cursor: 0 };
    }),
  );
  const pages = await rig.queue().pull(shard, readers);
  const given = pages.map((page) => (page.status === 'page' ? page.messages.length : -1));
  expect(given).toEqual([...Array(9).fill(1), 0, 0, 0]);
  expect(pages.slice(9)).toMatchObject(Array(3).fill({ more: true, cursor: 0 }));
});

describe('expired messages', () => {
  test('are never read, are taken out and counted, and their bytes given back', async () => {
    const { shard, device } = await rig.known();
    const ttls = [0, 60_000, 0, 0, 60_000, 0];
    await rig.accept(
      shard,
      ttls.map((ttlMs) => messageTo(device, { ttlMs })),
    );
    const { session } = await rig.hold(shard, device);
    const page = await pullOne(shard, device, session, 0);
    expect(page).toMatchObject({ more: false, cursor: 6, expired: 4, messages: [{ seq: 2 }, { seq: 5 }] });
    expect(await rig.ledger(shard)).toEqual({ accepted: 6, acked: 0, expired: 4 });
    const left = page.messages.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(await rig.mailbox(shard, device)).toMatchObject({ bytes: left });
    expect(await rig.depth(shard, device)).toBe(2);
  });

  test('do not hide what lies behind them, however many they are', async () => {
    const { shard, device } = await rig.known();
    for (let i = 0; i < 4; i += 1) await rig.accept(shard, messagesTo(device, 60, { ttlMs: 0 }));
    await rig.accept(shard, messagesTo(device, 2));
    const { session } = await rig.hold(shard, device);
    expect((await pullAll(shard, device, session)).flat().map(({ seq }) => seq)).toEqual([241, 242]);
    expect((await rig.ledger(shard)).expired).toBe(240);
  });

  test('of many mailboxes at once are taken out a part at a time, and all of them are remembered', async () => {
    const shard = freshShard();
    const devices = Array.from({ length: 20 }, freshDevice);
    await rig.makeKnown(shard, ...devices);
    const messages = devices.map((device) => messagesTo(device, 256, { ttlMs: 0 }));
    for (const some of messages) {
      for (let i = 0; i < 256; i += 128) await rig.accept(shard, some.slice(i, i + 128));
    }
    const sessions = await Promise.all(devices.map(async (device) => (await rig.hold(shard, device)).session));
    let readers = devices.map((device, i) => ({ device, session: sessions[i]!, cursor: 0 }));
    for (let call = 0; call < 20 && readers.length > 0; call += 1) {
      const pages = await rig.queue().pull(shard, readers);
      const expired = pages.reduce((sum, page) => sum + (page.status === 'page' ? page.expired : 0), 0);
      expect(expired).toBeLessThanOrEqual(1024);
      readers = readers.filter((_, i) => pages[i]?.status === 'page' && pages[i].more);
    }
    expect((await rig.ledger(shard)).expired).toBe(20 * 256);
    for (const some of messages)
      expect(await rig.accept(shard, some.slice(-1))).toMatchObject([{ status: 'repeated' }]);
  });
});
