import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { eventually } from '@openrelay/testing';
import type { Forwarding } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { answerTo, forwarderOn, forwardingTo } from './forwarding-rig';
import { envelopeOf, freshDevice, freshName, freshShard, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const forwarder = forwarderOn(rig);

/** What is remembered of a message that lies in no mailbox. */
async function remembered(shard: number, { envelope }: Forwarding): Promise<string | null> {
  const bucket = Math.floor(rig.link.clock.now() / 120_000);
  const digest = Buffer.from(envelope.digest, 'latin1');
  const found = await Promise.all(
    [bucket, bucket - 1].map((each) => rig.redis.hget(rig.key(shard, 'ids', String(each)), digest as never)),
  );
  return found[0] ?? found[1] ?? null;
}

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
