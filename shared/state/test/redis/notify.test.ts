import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { Forwarder } from '../../src/index';
import { leaseMs } from '../../src/scripts/keys';
import { envelopeOf, freshDevice, freshName, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();

/** A node that listens, with a device of its own. */
async function hearing() {
  const [shard, node, device] = [freshShard(), freshName('node'), freshDevice()];
  const heard = await rig.listen(shard, node);
  const { session } = await rig.hold(shard, device, node);
  return { shard, node, device, session, heard };
}

test('what any script publishes to a node begins with the next number', async () => {
  const { shard, node, device, heard } = await hearing();
  const forwarder = new Forwarder(rig.link, rig.node);
  await rig.accept(shard, messagesTo(device, 3));
  await forwarder.forward(
    shard,
    [{ shard, recipient: device, envelope: envelopeOf(), number: 1, kind: 'message' }],
    rig.deadlineMs,
  );
  await forwarder.answer(shard, [{ shard, digest: '', outcome: 'handed', asker: node, number: 1 }]);
  await rig.hold(shard, device);
  await eventually(() => expect(heard.numbers).toHaveLength(4));
  const [first] = heard.numbers as [number];
  expect(heard.numbers).toEqual([first, first + 1, first + 2, first + 3]);
  expect(heard.records.map(([kind]) => kind)).toEqual([
    'message',
    'message',
    'message',
    'live',
    'answered',
    'replaced',
  ]);
});

test('nodes are counted apart, and one that nobody hears is not counted', async () => {
  const { shard, node, device, heard } = await hearing();
  const other = freshDevice();
  await rig.hold(shard, other, freshName('node'));
  await rig.accept(shard, [messageTo(other), messageTo(device)]);
  await eventually(() => expect(heard.numbers).toHaveLength(1));
  expect(await rig.redis.keys(`or:{${shard}}:sent:*`)).toEqual([`or:{${shard}}:sent:${node}`]);
  heard.close();
  await eventually(async () => expect(await rig.redis.pubsub('SHARDNUMSUB', `or:{${shard}}:to:${node}`)).toContain(0));
  await rig.accept(shard, [messageTo(device)]);
  expect(await rig.redis.keys(`or:{${shard}}:sent:*`)).toEqual([]);
});

test('a counter that was lost begins at no number of before', async () => {
  const { shard, node, device, heard } = await hearing();
  await rig.accept(shard, [messageTo(device)]);
  await eventually(() => expect(heard.numbers).toHaveLength(1));
  await rig.redis.del(`or:{${shard}}:sent:${node}`);
  await rig.accept(shard, [messageTo(device)]);
  await eventually(() => expect(heard.numbers).toHaveLength(2));
  expect(heard.numbers[1]! - heard.numbers[0]!).toBeGreaterThan(1);
});

test('the counter of a node that is gone ends by itself, before any lease that was renewed in time', async () => {
  const { shard, node, device } = await hearing();
  await rig.accept(shard, [messageTo(device)]);
  const leftMs = await rig.redis.pttl(`or:{${shard}}:sent:${node}`);
  expect(leftMs).toBeGreaterThan(590_000);
  expect(leftMs).toBeLessThan(leaseMs / 4);
});
