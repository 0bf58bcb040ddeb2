import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { type Audit, envelopeBytes, Ledger } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { freshDevice, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const queuesOfOnePage = 1000;
const queuesAtOnce = 4000;

afterEach(() => {
  jest.restoreAllMocks();
});

function audit(shard: number) {
  return new Ledger(rig.link).audit(shard);
}

/** Queues of one message each, whose entries in the expiry index lie in the order of the devices. */
async function fill(shard: number, queues: number): Promise<DeviceKey[]> {
  const devices = Array.from({ length: queues }, freshDevice);
  for (let start = 0; start < queues; start += 100) {
    const batch = devices.slice(start, start + 100);
    await rig.accept(
      shard,
      batch.map((device, i) => messageTo(device, { ttlMs: 600_000 + start + i })),
    );
  }
  return devices;
}

/** As a hand or a fault might, which counts nothing. */
async function takeOut(shard: number, device: DeviceKey, ...seqs: number[]): Promise<void> {
  const { numbers } = (await rig.mailbox(shard, device))!;
  const key = rig.key(shard, 'box', device);
  for (const [digest, seq] of numbers)
    if (seqs.includes(seq)) await rig.redis.hdel(key, Buffer.from(digest, 'latin1'), String(seq));
}

/** Something happens after the first page of each of an audit's countings, or of as many as given. */
function betweenPages(happens: () => Promise<unknown>, countings = Number.POSITIVE_INFINITY): void {
  const run = rig.link.run.bind(rig.link);
  let left = countings;
  jest.spyOn(rig.link, 'run').mockImplementation(async (...asked) => {
    const [script, values] = asked;
    const reply = await run(...asked);
    if (script !== 'ledger_audit' || values.cursor !== '0' || left === 0) return reply;
    left -= 1;
    await happens();
    return reply;
  });
}

async function ackFirst(shard: number, device: DeviceKey): Promise<void> {
  const { session } = await rig.hold(shard, device);
  expect(await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 1 }])).toEqual(['taken']);
}

describe('the books of a shard', () => {
  test('balance while there are none', async () => {
    const shard = freshShard();
    const books = { shard, accepted: 0, acked: 0, expired: 0, queued: 0 };
    expect(await audit(shard)).toEqual({ status: 'balanced', books });
  });

  test('tell what was accepted, acked, expired and still lies there', async () => {
    const shard = freshShard();
    const [online, offline] = [freshDevice(), freshDevice()];
    await rig.accept(shard, [...messagesTo(online, 3), ...messagesTo(offline, 4)]);
    await rig.accept(shard, messagesTo(offline, 2, { ttlMs: 0 }));
    await ackFirst(shard, online);
    const books = { shard, accepted: 9, acked: 1, expired: 0, queued: 8 };
    expect(await audit(shard)).toEqual({ status: 'balanced', books });

    expect(await rig.queue().expire(shard, [offline])).toBe(2);
    expect(await audit(shard)).toEqual({ status: 'balanced', books: { ...books, expired: 2, queued: 6 } });
  });

  test('count a message once that was sent again, and one that was refused not at all', async () => {
    const shard = freshShard();
    const device = freshDevice();
    const message = messageTo(device);
    const queue = rig.queue({ maxMessages: 2 });
    await rig.accept(shard, [message, message, ...messagesTo(device, 3)], queue);
    expect(await audit(shard)).toMatchObject({ status: 'balanced', books: { accepted: 2, queued: 2 } });
  });

  test('are of that shard alone', async () => {
    const [shard, other] = [freshShard(), freshShard()];
    await rig.accept(other, messagesTo(freshDevice(), 2));
    await rig.redis.hincrby(`${shardPrefix(other)}ledger`, 'acked', 1);
    expect((await audit(shard)).status).toBe('balanced');
    expect(await audit(other)).toMatchObject({ status: 'unbalanced', missing: -1 });
  });
});

describe('the totals of all shards', () => {
  test('are 0 while nothing was accepted', async () => {
    await rig.redis.flushall();
    const nothing = { accepted: 0, acked: 0, expired: 0, queued: 0, queuedBytes: 0, devicesWithQueue: 0 };
    expect(await new Ledger(rig.link).totals(4)).toEqual(nothing);
  });

  test('add up what the books of each say', async () => {
    await rig.redis.flushall();
    const [one, other, stale] = [messageTo(freshDevice()), messageTo(freshDevice()), messageTo(freshDevice())];
    await rig.accept(0, [one, { ...other, recipient: one.recipient }]);
    await rig.accept(2, [other, { ...stale, ttlMs: 0 }]);
    const sizes = [one, other, other, stale].map(({ envelope }) => envelopeBytes(envelope));
    const all = sizes.reduce((sum, size) => sum + size);
    const ledger = new Ledger(rig.link);
    const accepted = { accepted: 4, acked: 0, expired: 0, queued: 4, queuedBytes: all, devicesWithQueue: 3 };
    expect(await ledger.totals(3)).toEqual(accepted);

    await rig.queue().expire(2, [stale.recipient]);
    const { session } = await rig.hold(0, one.recipient);
    await rig.acknowledge(0, [{ device: one.recipient, session, seq: 1, bytes: sizes[0]! }]);
    const left = { queued: 2, queuedBytes: sizes[1]! + sizes[2]!, devicesWithQueue: 2 };
    expect(await ledger.totals(3)).toEqual({ accepted: 4, acked: 1, expired: 1, ...left });

    // The queue has run empty; its entry in the expiry index stays.
    await rig.acknowledge(0, [{ device: one.recipient, session, seq: 2, bytes: sizes[1]! }]);
    expect(await rig.redis.zcard(`${shardPrefix(0)}expiry`)).toBe(1);
    expect(await ledger.totals(3)).toMatchObject({ queued: 1, devicesWithQueue: 1 });
  });
});

describe('the bytes in the books', () => {
  /** All mailboxes' own counts, which a queue's limit goes by. */
  async function ofDevices(shard: number): Promise<number> {
    const keys = await rig.redis.keys(rig.key(shard, 'box', '*'));
    const devices = keys.map((key) => key.slice(key.lastIndexOf(':') + 1) as DeviceKey);
    const mailboxes = await Promise.all(devices.map((device) => rig.mailbox(shard, device)));
    return mailboxes.reduce((sum, mailbox) => sum + (mailbox!.messages.size > 0 ? mailbox!.bytes : 0), 0);
  }

  test('are never negative, whatever size an ack tells', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, messagesTo(device, 3));
    const { session } = await rig.hold(shard, device);
    const tooMuch = [1, 2].map((seq) => ({ device, session, seq, bytes: 1_000_000 }));
    await rig.acknowledge(shard, tooMuch);
    expect(await rig.bookedBytes(shard)).toBe(0);
    expect(await ofDevices(shard)).toBe(0);
  });

  test('are right again once a queue of which an ack told too little is empty', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device);
    await rig.accept(shard, [message]);
    await ackFirst(shard, device);
    expect(await rig.bookedBytes(shard)).toBe(0);
    const next = messageTo(device);
    await rig.accept(shard, [next]);
    expect(await rig.bookedBytes(shard)).toBe(envelopeBytes(next.envelope));
    expect(await ofDevices(shard)).toBe(envelopeBytes(next.envelope));
  });

  test.each(['closed', 'expired'])('go with a device that is forgotten: %s', async (how) => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, [messageTo(device)]);
    const { session } = await rig.hold(shard, device);
    await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 1 }]);
    if (how === 'expired') await rig.queue().expire(shard, [device]);
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
    expect(await rig.redis.exists(rig.key(shard, 'box', device))).toBe(0);
    expect(await rig.bookedBytes(shard)).toBe(0);
  });
});

describe('an unbalanced shard', () => {
  test.each([
    ['accepted', 3],
    ['acked', -3],
    ['expired', -3],
  ])('tells what is missing when 3 too many are %s', async (count, missing) => {
    const shard = freshShard();
    await rig.accept(shard, messagesTo(freshDevice(), 5));
    await rig.redis.hincrby(`${shardPrefix(shard)}ledger`, count, 3);
    expect(await audit(shard)).toMatchObject({ status: 'unbalanced', missing, books: { shard, queued: 5 } });
  });

  test('tells how many messages are gone from a queue', async () => {
    const shard = freshShard();
    const [device, untouched] = [freshDevice(), freshDevice()];
    await rig.accept(shard, [...messagesTo(device, 5), ...messagesTo(untouched, 2)]);
    await takeOut(shard, device, 2, 3);
    const books = { shard, accepted: 7, acked: 0, expired: 0, queued: 5 };
    expect(await audit(shard)).toEqual({ status: 'unbalanced', books, missing: 2 });
  });

  test('misses a whole queue that is gone, or that the expiry index has lost', async () => {
    const shard = freshShard();
    const [gone, lost] = [freshDevice(), freshDevice()];
    await rig.accept(shard, [...messagesTo(gone, 2), ...messagesTo(lost, 4)]);
    await rig.redis.del(rig.key(shard, 'box', gone));
    expect(await audit(shard)).toMatchObject({ status: 'unbalanced', missing: 2 });
    await rig.redis.zrem(`${shardPrefix(shard)}expiry`, lost);
    expect(await audit(shard)).toMatchObject({ status: 'unbalanced', missing: 6 });
  });
});

describe('a shard of more queues than a page has', () => {
  test.each([queuesOfOnePage, queuesOfOnePage + 1, 2 * queuesOfOnePage + 30])(
    'is counted whole: %d',
    async (queues) => {
      const shard = freshShard();
      const devices = await fill(shard, queues);
      const books = { shard, accepted: queues, acked: 0, expired: 0, queued: queues };
      expect(await audit(shard)).toEqual({ status: 'balanced', books });

      await rig.redis.del(rig.key(shard, 'box', devices.at(-1)!));
      expect(await audit(shard)).toMatchObject({ status: 'unbalanced', missing: 1 });
    },
  );

  test('is counted to the message while messages come all the time', async () => {
    const shard = freshShard();
    const devices = await fill(shard, queuesOfOnePage + 1);
    betweenPages(() => rig.accept(shard, [messageTo(freshDevice())]));
    expect((await audit(shard)).status).toBe('balanced');

    await rig.redis.del(rig.key(shard, 'box', devices[7]!));
    expect(await audit(shard)).toMatchObject({ status: 'unbalanced', missing: 1 });
  });

  test('of more than are counted at once is counted to within what came and went, and is not said to balance', async () => {
    const shard = freshShard();
    const devices = await fill(shard, queuesAtOnce + 1);
    // Some of them lie in pages that are read after this, and some do not.
    const came = Array.from({ length: 64 }, freshDevice);
    betweenPages(() =>
      rig.accept(
        shard,
        came.map((device) => messageTo(device)),
      ),
    );
    const found = (await audit(shard)) as Extract<Audit, { status: 'inexact' }>;
    expect(found.status).toBe('inexact');
    expect(found.uncertain).toBeGreaterThan(0);
    expect(found.uncertain).toBeLessThanOrEqual(came.length);

    for (const device of devices.slice(0, 100)) await rig.redis.del(rig.key(shard, 'box', device));
    const unbalanced = (await audit(shard)) as Extract<Audit, { status: 'unbalanced' }>;
    expect(unbalanced.status).toBe('unbalanced');
    expect(unbalanced.missing).toBeGreaterThanOrEqual(100 - came.length);
    expect(unbalanced.missing).toBeLessThanOrEqual(100);
  });

  test.each(['accepted', 'acked', 'expired'])(
    'is counted again when a message is %s between two pages',
    async (what) => {
      const shard = freshShard();
      const devices = await fill(shard, queuesOfOnePage + 1);
      const stale = freshDevice();
      await rig.accept(shard, [messageTo(stale, { ttlMs: 0 })]);
      const happens = {
        accepted: () => rig.accept(shard, [messageTo(freshDevice())]),
        acked: () => ackFirst(shard, devices[0]!),
        expired: () => rig.queue().expire(shard, [stale]),
      }[what]!;
      betweenPages(happens, 1);
      expect((await audit(shard)).status).toBe('balanced');
    },
  );

  test('is not said to miss what only moved in the expiry index between two pages', async () => {
    const shard = freshShard();
    const emptied = freshDevice();
    await rig.accept(shard, [messageTo(emptied, { ttlMs: 1000 })]);
    await ackFirst(shard, emptied);
    await fill(shard, queuesOfOnePage + 1);
    // The sweep takes an empty queue's entry out: all after it move one place towards the first page.
    betweenPages(() => rig.queue().expire(shard, [emptied]), 1);
    expect((await audit(shard)).status).toBe('balanced');
  });
});
