import { describe, expect, test } from '@jest/globals';
import { Sealed } from '@openrelay/protocol';
import { BandwidthLedger, Forwarder, Limiter, Registry, type ScriptName } from '../../src/index';
import { bandwidthKey } from '../../src/scripts/keys';
import { ChannelListener } from './channel-listener';
import {
  envelopeOf,
  envelopeOfSize,
  freely,
  freshDevice,
  freshName,
  freshShard,
  messagesTo,
  messageTo,
  useStateRig,
} from './state-rig';

const rig = useStateRig();

describe('scripts that Redis has forgotten', () => {
  test('run all the same, with the same numbers and bytes', async () => {
    const [shard, device, ledger] = [freshShard(), freshDevice(), new BandwidthLedger(rig.link, freshName('node'))];
    const limiter = new Limiter(rig.link, { requestsPerMinute: 60, pointsPerMinute: 512 });
    const month = '3000-01';
    const frame = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    for (let round = 1; round <= 3; round += 1) {
      await rig.redis.script('FLUSH');
      const envelope = envelopeOf({ sealed: new Sealed('msgpack', frame) });
      expect(await rig.accept(shard, [messageTo(device, { envelope })])).toMatchObject([{ seq: round }]);
      await rig.redis.script('FLUSH');
      await limiter.charge(shard, [{ shard, device, points: 300 }]);
      await rig.redis.script('FLUSH');
      expect(await ledger.add(month, ledger.nextFlush(), 5_000_000_000)).toBe(round * 5_000_000_000);
    }
    expect(await rig.redis.get(rig.key(shard, 'used', device))).toBe(String(2 ** 32 + 300));
    expect(await rig.redis.get(bandwidthKey(month))).toBe('15000000000');
    await rig.redis.script('FLUSH');
    const { session } = await rig.hold(shard, device);
    await rig.redis.script('FLUSH');
    const [page] = await rig.queue().pull(shard, [{ device, session, cursor: 0 }]);
    if (page?.status !== 'page') throw new Error('gone');
    expect(page.messages.map(({ envelope }) => Buffer.from(envelope.sealed.frame))).toEqual([frame, frame, frame]);
    await rig.redis.script('FLUSH');
    expect(await rig.acknowledge(shard, [{ device, session, seq: 2, bytes: page.messages[1]!.bytes }])).toEqual([
      'taken',
    ]);
  });

  test('keep their order when many calls are on their way', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.redis.script('FLUSH');
    const calls = Array.from({ length: 20 }, () => rig.accept(shard, messagesTo(device, 1)));
    const numbers = (await Promise.all(calls)).flat().map((answer) => ('seq' in answer ? answer.seq : 0));
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

describe('a Redis without memory', () => {
  test('takes no message, yet lets devices read, acknowledge and leave', async () => {
    const { url } = await rig.ownRedis();
    const link = await rig.openLink({ url });
    const [queue, shard, device, session] = [rig.queue({}, 'n', link), freshShard(), freshDevice(), 's'];
    const message = messageTo(device);
    await new Registry(link, 'n', freely).register(shard, [{ shard, device, session, sinceMs: 0 }]);
    await queue.accept(shard, [message]);
    await link.ofEachMaster((redis) => redis.config('SET', 'maxmemory', '1'));
    await expect(queue.accept(shard, messagesTo(device, 1))).rejects.toMatchObject({
      name: 'ReplyError',
      message: expect.stringMatching(/^OOM/),
    });
    const [page] = await queue.pull(shard, [{ device, session, cursor: 0 }]);
    expect(page).toMatchObject({ status: 'page', messages: [{ seq: 1 }] });
    const { digest } = message.envelope;
    const ack = { device, session, seq: 1, bytes: 10, digest, expiresAtMs: 1 };
    expect(await queue.acknowledge(shard, [ack])).toEqual(['taken']);
    expect(await queue.expire(shard, [device])).toBe(0);
    expect(link.isAvailable).toBe(true);
  });
});

test('a Redis without memory still charges senders, and forwards live-only messages, but for large ones', async () => {
  const { url } = await rig.ownRedis();
  const link = await rig.openLink({ url });
  const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
  const listener = await ChannelListener.open(url, shard, node);
  rig.endAfterTest(() => listener.close());
  await new Registry(link, node, freely).register(shard, [{ shard, device, session: 's', sinceMs: 0 }]);
  await link.ofEachMaster((redis) => redis.config('SET', 'maxmemory', '1'));
  const limiter = new Limiter(link, { requestsPerMinute: 2, pointsPerMinute: 0 });
  const charge = { shard, device: freshDevice(), points: 1 };
  expect(await limiter.charge(shard, [charge, charge, charge])).toMatchObject([
    { status: 'passed' },
    { status: 'passed' },
    { status: 'refused' },
  ]);
  const asker = freshName('node');
  const forwarder = new Forwarder(link, asker);
  const messages = [envelopeOf(), envelopeOfSize(100_000)].map((envelope, i) => ({
    shard,
    recipient: device,
    envelope,
    number: i,
    kind: 'message' as const,
  }));
  const deadlineMs = link.clock.now() + 60_000;
  expect(await forwarder.forward(shard, messages, deadlineMs)).toEqual([
    { status: 'published' },
    { status: 'published' },
  ]);
  expect(await forwarder.fetch([{ shard, name: `${asker}.1` }])).toEqual([undefined]);
  expect(link.isAvailable).toBe(true);
});

test('every call is told with how long it took, also one that fails', async () => {
  const calls: [ScriptName, number][] = [];
  const onCall = (script: ScriptName, ms: number) => void calls.push([script, ms]);
  const link = await rig.openLink({ onCall });
  const queue = rig.queue({}, 'n', link);
  await queue.accept(freshShard(), messagesTo(freshDevice(), 1));
  const late = rig.late(() => queue.accept(freshShard(), messagesTo(freshDevice(), 1)), link);
  await expect(late).rejects.toThrow('LATE');
  await queue.pull(freshShard(), []);
  expect(calls.map(([script]) => script)).toEqual(['message_accept', 'message_accept', 'message_pull']);
  for (const [, ms] of calls) expect(ms).toBeGreaterThan(0);
});

test('a call that was refused as late tells the time: a clock of Redis that was set forward refuses one', async () => {
  const link = await rig.openLink();
  const realMs = link.clock.now();
  link.clock.begin(realMs - 600_000); // as far as this process knows
  const registry = new Registry(link, 'n', freely);
  const shard = freshShard();
  const register = () => registry.register(shard, [{ shard, device: freshDevice(), session: 's', sinceMs: 0 }]);
  await expect(register()).rejects.toThrow('LATE');
  expect(link.clock.now()).toBeGreaterThan(realMs - 1000);
  await register();
});
