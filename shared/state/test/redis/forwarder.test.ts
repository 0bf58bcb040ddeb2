import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { eventually } from '@openrelay/testing';
import { readAnsweredNotice, readLiveNotice } from '../../src/inbox/live-notice';
import { liveFrameKey, shardPrefix } from '../../src/scripts/keys';
import { answerTo, forwarderOn, forwardingTo } from './forwarding-rig';
import { envelopeOf, envelopeOfSize, freshDevice, freshName, freshShard, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const forwarder = forwarderOn(rig);

function forward(shard: number, recipients: DeviceKey[], deadlineMs = rig.deadlineMs) {
  return forwarder().forward(
    shard,
    recipients.map((recipient) => forwardingTo(shard, recipient)),
    deadlineMs,
  );
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
