import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { eventually } from '@openrelay/testing';
import { readAnsweredNotice, readLiveNotice } from '../../src/inbox/live-notice';
import { type DeliveryOutcome, Forwarder, type Forwarding, type LiveAnswer, liveDigestOf } from '../../src/index';
import { liveFrameKey, shardPrefix } from '../../src/scripts/keys';
import {
  envelopeOf,
  envelopeOfSize,
  envelopeTo,
  freshDevice,
  freshName,
  freshShard,
  messageTo,
  useStateRig,
} from './state-rig';

const rig = useStateRig();

const forwarder = (node = rig.node) => new Forwarder(rig.link, node);

let numbers = 0;

function forwardingTo(shard: number, recipient: DeviceKey, envelope = envelopeOf()): Forwarding {
  numbers += 1;
  return { shard, recipient, envelope: envelopeTo(recipient, envelope), number: numbers, kind: 'message' };
}

function forward(shard: number, recipients: DeviceKey[], deadlineMs = rig.deadlineMs) {
  return forwarder().forward(
    shard,
    recipients.map((recipient) => forwardingTo(shard, recipient)),
    deadlineMs,
  );
}

/** What became of a message, as the node that handed it over, or not, tells. */
function answerTo({ shard, envelope, number }: Forwarding, outcome: DeliveryOutcome, asker = ''): LiveAnswer {
  return { shard, digest: liveDigestOf(envelope), outcome, asker, number };
}

/** What is remembered of a message that lies in no mailbox. */
async function remembered(shard: number, { envelope }: Forwarding): Promise<string | null> {
  const bucket = Math.floor(rig.link.clock.now() / 120_000);
  const digest = Buffer.from(envelope.digest, 'latin1');
  const found = await Promise.all(
    [bucket, bucket - 1].map((each) => rig.redis.hget(rig.key(shard, 'ids', String(each)), digest as never)),
  );
  return found[0] ?? found[1] ?? null;
}

describe('a message that is never stored', () => {
  test('is left to the asking node when that holds the recipient', async () => {
    const { shard, device, session } = await rig.held();
    expect(await forward(shard, [device])).toEqual([{ status: 'local', session, seq: 0 }]);
    await rig.accept(shard, [messageTo(device)]);
    expect(await forward(shard, [device])).toEqual([{ status: 'local', session, seq: 1 }]);
  });

  test('is published to the node that holds the recipient, in order', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    const { session } = await rig.hold(shard, device, node);
    await rig.accept(shard, [messageTo(device)]);
    const batch = ['first', 'second'].map((id) => forwardingTo(shard, device, envelopeOf({ id })));
    const answers = await forwarder().forward(shard, batch, rig.deadlineMs);
    expect(answers).toEqual([{ status: 'published' }, { status: 'published' }]);
    await eventually(() => expect(heard.records).toHaveLength(3));
    const notices = heard.records.slice(1).map((record) => readLiveNotice(record)!);
    expect(notices).toMatchObject(
      batch.map(({ number, envelope: { sender, id } }) => {
        return { device, session, asker: rig.node, number, seq: 1, content: { sender, id } };
      }),
    );
    expect(notices[0]!.deadlineMs).toBeGreaterThan(rig.link.clock.now());
  });

  test('finds nobody where nobody is registered', async () => {
    const [shard, offline] = [freshShard(), freshDevice()];
    const { session } = await rig.hold(shard, offline);
    await rig.registry().deregister(shard, [{ shard, device: offline, session, manner: 'offline' }]);
    const answers = await forward(shard, [freshDevice(), offline]);
    expect(answers).toEqual([{ status: 'absent' }, { status: 'absent' }]);
  });

  test('finds nobody on a node that nobody hears, whose registration ends with that', async () => {
    const [shard, device, dead] = [freshShard(), freshDevice(), freshName('node')];
    const { session } = await rig.hold(shard, device, dead);
    expect(await forward(shard, [device, device])).toEqual([{ status: 'absent' }, { status: 'absent' }]);
    expect(await rig.registry(dead).check(shard, [{ shard, device, session }])).toEqual([{ status: 'lost' }]);
    expect(await rig.heldBy(shard, dead)).not.toContain(device);
  });

  test('leaves nothing behind where nobody hears it', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const dead = freshName('node');
    await rig.hold(shard, device, dead);
    const large = forwardingTo(shard, device, envelopeOfSize(100_000));
    expect(await forwarder().forward(shard, [large], rig.deadlineMs)).toEqual([{ status: 'absent' }]);
    await rig.redis.del(rig.key(shard, 'node', dead));
    // But that the device was here, and for less than a minute.
    expect(await rig.redis.keys(`${shardPrefix(shard)}*`)).toEqual(
      expect.arrayContaining([`${shardPrefix(shard)}visitors`, rig.key(shard, 'registrations', device)]),
    );
  });

  test('fails when its asker has given up, and is published to nobody', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    await rig.hold(shard, device, node);
    await expect(forward(shard, [device], rig.link.clock.now() - 1000)).rejects.toThrow(/^LATE/);
    await forward(shard, [device]);
    await eventually(() => expect(heard.records).toHaveLength(1));
  });

  test('comes in a batch with answers of every kind, or is none', async () => {
    const [shard, here, there, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    await rig.listen(shard, node);
    await rig.hold(shard, here);
    await rig.hold(shard, there, node);
    const answers = await forward(shard, [there, freshDevice(), here]);
    expect(answers.map(({ status }) => status)).toEqual(['published', 'absent', 'local']);
    expect(await forward(shard, [])).toEqual([]);
  });
});

describe('a connection that is behind', () => {
  test('takes nothing that is not stored, here or on another node, until it keeps up again', async () => {
    const [shard, here, there, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    await rig.listen(shard, node);
    const holders = [
      { shard, device: here, session: (await rig.hold(shard, here)).session },
      { shard, device: there, session: (await rig.hold(shard, there, node)).session },
    ];
    const mark = (as: 'backpressured' | 'writable') =>
      rig.registry().mark(
        shard,
        holders.map((holder) => ({ ...holder, mark: as })),
      );
    expect(await mark('backpressured')).toBe(2);
    expect(await forward(shard, [here, there])).toEqual([{ status: 'behind' }, { status: 'behind' }]);
    expect(await mark('writable')).toBe(2);
    expect((await forward(shard, [here, there])).map(({ status }) => status)).toEqual(['local', 'published']);
  });

  test('is not marked by one that no longer holds its device', async () => {
    const { shard, device, session } = await rig.held();
    await rig.hold(shard, device);
    expect(await rig.registry().mark(shard, [{ shard, device, session, mark: 'backpressured' }])).toBe(0);
    expect(await rig.registry().mark(shard, [{ shard, device: freshDevice(), session, mark: 'backpressured' }])).toBe(
      0,
    );
    expect((await forward(shard, [device]))[0]).toMatchObject({ status: 'local' });
  });
});

describe('a repeated id of a message that is never stored', () => {
  async function pair(): Promise<{ shard: number; here: DeviceKey; there: DeviceKey }> {
    const [shard, here, there, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    await rig.listen(shard, node);
    await rig.hold(shard, here);
    await rig.hold(shard, there, node);
    return { shard, here, there };
  }

  const once = { status: 'repeated', expiresAtMs: 0 };

  test('waits, within a batch and across batches, until it is known what became of the first', async () => {
    const { shard, here, there } = await pair();
    for (const recipient of [here, there]) {
      const first = forwardingTo(shard, recipient, envelopeOf({ id: 'abcdef' }));
      const again = forwardingTo(shard, recipient, { ...first.envelope, id: 'ABcdEF' });
      const [forwarded, second] = await forwarder().forward(shard, [first, again], rig.deadlineMs);
      expect(['local', 'published']).toContain(forwarded?.status);
      expect(second).toEqual({ status: 'under way' });
      expect(await forwarder('another').forward(shard, [again], rig.deadlineMs)).toEqual([{ status: 'under way' }]);
      expect(await rig.accept(shard, [messageTo(recipient, again)])).toEqual([{ status: 'under way' }]);
    }
    expect((await rig.ledger(shard)).accepted).toBe(0);
  });

  test('is handed over once, in whatever case it is written, for two minutes', async () => {
    const { shard, here, there } = await pair();
    for (const recipient of [here, there]) {
      const first = forwardingTo(shard, recipient, envelopeOf({ id: 'abcdef' }));
      const again = forwardingTo(shard, recipient, { ...first.envelope, id: 'ABcdEF' });
      await forwarder().forward(shard, [first], rig.deadlineMs);
      await forwarder().answer(shard, [answerTo(first, 'handed')]);
      expect(await forwarder().forward(shard, [again], rig.deadlineMs)).toEqual([once]);
      expect(await rig.accept(shard, [messageTo(recipient, again)])).toEqual([once]);
      expect(await remembered(shard, first)).toBe('0');
    }
  });

  test('may be sent again a second after its asker died with it', async () => {
    const { shard, there } = await pair();
    const message = forwardingTo(shard, there);
    await forwarder().forward(shard, [message], rig.link.clock.now() + 700);
    expect(await forwarder().forward(shard, [message], rig.deadlineMs)).toEqual([{ status: 'under way' }]);
    expect(-Number(await remembered(shard, message)) - rig.link.clock.now()).toBeLessThan(2000);
    await eventually(async () =>
      expect(await forwarder().forward(shard, [message], rig.deadlineMs)).toEqual([{ status: 'published' }]),
    );
  });

  test('may be sent again, forwarded or stored, when it could not be handed over', async () => {
    const { shard, here, there } = await pair();
    for (const recipient of [here, there]) {
      const [first, second] = [forwardingTo(shard, recipient), forwardingTo(shard, recipient)];
      await forwarder().forward(shard, [first, second], rig.deadlineMs);
      await forwarder().answer(shard, [answerTo(first, 'behind'), answerTo(second, 'absent')]);
      const [again] = await forwarder().forward(shard, [first], rig.deadlineMs);
      expect(['local', 'published']).toContain(again?.status);
      expect(await rig.accept(shard, [messageTo(recipient, second)])).toMatchObject([{ seq: 1 }]);
    }
  });

  test('is not taken back when it was handed over, or stored since', async () => {
    const { shard, here } = await pair();
    const [handed, stored] = [forwardingTo(shard, here), forwardingTo(shard, here)];
    await forwarder().forward(shard, [handed], rig.deadlineMs);
    await forwarder().answer(shard, [answerTo(handed, 'handed')]);
    await rig.accept(shard, [messageTo(here, stored)]);
    await forwarder().answer(shard, [
      answerTo(handed, 'absent'),
      answerTo(stored, 'absent'),
      answerTo(stored, 'handed'),
    ]);
    const [one, other] = await forwarder().forward(shard, [handed, stored], rig.deadlineMs);
    expect(one).toEqual(once);
    expect(other).toMatchObject({ status: 'repeated' });
    expect((other as { expiresAtMs: number }).expiresAtMs).toBeGreaterThan(0);
  });

  test('is that of a message that was stored before, whose end is told', async () => {
    const { shard, here } = await pair();
    const message = messageTo(here);
    const [stored] = await rig.accept(shard, [message]);
    const { expiresAtMs } = stored as { expiresAtMs: number };
    const again = forwardingTo(shard, here, message.envelope);
    expect(await forwarder().forward(shard, [again], rig.deadlineMs)).toEqual([{ status: 'repeated', expiresAtMs }]);
  });

  test('is not that of a message that expired two minutes ago and more, and that nobody swept', async () => {
    const { shard, here } = await pair();
    const message = messageTo(here);
    await rig.accept(shard, [message]);
    await rig.letExpire(shard, here, 1);
    const again = forwardingTo(shard, here, message.envelope);
    expect(await forwarder().forward(shard, [again], rig.deadlineMs)).toMatchObject([{ status: 'local' }]);
  });

  test('from another sender, or to another recipient, is another message', async () => {
    const { shard, here, there } = await pair();
    const { id, sender } = envelopeOf();
    const batch = [
      forwardingTo(shard, here, envelopeOf({ id, sender })),
      forwardingTo(shard, here, envelopeOf({ id })),
      forwardingTo(shard, there, envelopeOf({ id, sender })),
    ];
    const answers = await forwarder().forward(shard, batch, rig.deadlineMs);
    expect(answers.map(({ status }) => status)).toEqual(['local', 'local', 'published']);
  });

  test('is of no concern to what has no id of its own', async () => {
    const { shard, there } = await pair();
    const message = forwardingTo(shard, there, envelopeOf({ id: '', ackable: false }));
    const answers = await forwarder().forward(shard, [message, message], rig.deadlineMs);
    expect(answers).toEqual([{ status: 'published' }, { status: 'published' }]);
    await forwarder().answer(shard, [answerTo(message, 'handed', 'nobody')]);
    expect(await rig.redis.keys(`${shardPrefix(shard)}ids:*`)).toEqual([]);
  });
});

describe('what became of messages', () => {
  test('is told to the nodes that asked, each at once of all its own', async () => {
    const [shard, device, one, other] = [freshShard(), freshDevice(), freshName('node'), freshName('node')];
    const heard = [await rig.listen(shard, one), await rig.listen(shard, other)];
    const [first, second, third] = [
      forwardingTo(shard, device),
      forwardingTo(shard, device),
      forwardingTo(shard, device),
    ];
    const answers = [
      answerTo(first, 'handed', one),
      answerTo(second, 'behind', other),
      answerTo(third, 'absent', one),
      answerTo(forwardingTo(shard, device), 'absent'),
    ];
    expect(await forwarder().answer(shard, answers)).toBe(2);
    await eventually(() => expect(heard.map(({ batches }) => batches)).toEqual([[2], [1]]));
    expect(heard[0]!.records).toEqual([
      ['answered', first.number, 'handed'],
      ['answered', third.number, 'absent'],
    ]);
    expect(heard[1]!.records).toEqual([['answered', second.number, 'behind']]);
  });

  test('is nothing that a node reads from an answer that it does not know', () => {
    expect(readAnsweredNotice(['answered', 7, 'eaten'])).toBeUndefined();
    expect(readAnsweredNotice(['answered', 'seven', 'handed'])).toBeUndefined();
    expect(readAnsweredNotice(['answered'])).toBeUndefined();
    expect(readLiveNotice(['live', 'device', 'session'])).toBeUndefined();
  });
});

describe('a large message that is never stored', () => {
  test('is not published but fetched, once, and waits no longer than its sender does', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    await rig.hold(shard, device, node);
    const large = forwardingTo(shard, device, envelopeOfSize(2 * 1024 * 1024));
    await forwarder().forward(shard, [large], rig.link.clock.now() + 700);
    await eventually(() => expect(heard.records).toHaveLength(1));
    const { content, bytes, number } = readLiveNotice(heard.records[0]!)!;
    expect(number).toBe(large.number);
    expect(bytes).toBeGreaterThan(2 * 1024 * 1024);
    const name = content as string;
    expect(await rig.redis.pttl(liveFrameKey(shard, name))).toBeLessThanOrEqual(2000);
    const [fetched, again] = await forwarder(node).fetch([
      { shard, name },
      { shard, name },
    ]);
    expect(fetched).toMatchObject({ sender: large.envelope.sender, id: large.envelope.id });
    expect(fetched?.sealed.frame).toHaveLength(2 * 1024 * 1024);
    expect(again).toBeUndefined();
  });

  test('is what many small ones are together: no call publishes more to a node than its subscriber can bear', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    await rig.hold(shard, device, node);
    const batch = Array.from({ length: 16 }, () => forwardingTo(shard, device, envelopeOfSize(50_000)));
    await forwarder().forward(shard, batch, rig.deadlineMs);
    await eventually(() => expect(heard.records).toHaveLength(batch.length));
    const notices = heard.records.map((record) => readLiveNotice(record)!);
    expect(notices.map(({ number }) => number)).toEqual(batch.map(({ number }) => number));
    const published = notices.filter(({ content }) => typeof content !== 'string');
    expect(published.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(256 * 1024);
    const names = notices.flatMap(({ content }) => (typeof content === 'string' ? content : []));
    const fetched = await forwarder(node).fetch(names.map((name) => ({ shard, name })));
    expect(fetched.every((envelope) => envelope !== undefined)).toBe(true);
  });
});
