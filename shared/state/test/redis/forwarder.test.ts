import { afterEach, describe, expect, it } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { eventually } from '@openrelay/testing';
import { unpackEnvelope } from '../../src/envelope';
import { Forwarder } from '../../src/index';
import { shardPrefix } from '../../src/keys';
import { ChannelListener } from './channel-listener';
import { envelopeOf, freshDevice, freshName, freshShard, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const opened: ChannelListener[] = [];

afterEach(() => {
  for (const listener of opened.splice(0)) listener.close();
});

async function listen(shard: number, node: string): Promise<ChannelListener> {
  const listener = await ChannelListener.open(rig.server.url, shard, node);
  opened.push(listener);
  return listener;
}

function forward(shard: number, recipients: ReturnType<typeof freshDevice>[], deadlineMs = rig.deadlineMs) {
  const batch = recipients.map((recipient) => ({ recipient, envelope: envelopeOf() }));
  return new Forwarder(rig.link, rig.node).forward(shard, batch, deadlineMs);
}

describe('a message that is never stored', () => {
  it('is left to the asking node when that holds the recipient', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const { session } = await rig.hold(shard, device);
    expect(await forward(shard, [device])).toEqual([{ status: 'local', session }]);
  });

  it('is published to the node that holds the recipient, in order', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await listen(shard, node);
    const { session } = await rig.hold(shard, device, node);
    const batch = [envelopeOf({ id: 'first' }), envelopeOf({ id: 'second' })].map((envelope) => ({
      recipient: device,
      envelope,
    }));
    const answers = await new Forwarder(rig.link, rig.node).forward(shard, batch, rig.deadlineMs);
    expect(answers).toEqual([{ status: 'delivered' }, { status: 'delivered' }]);
    await eventually(() => expect(heard.records).toHaveLength(2));
    const ids = heard.records.map((record) => unpackEnvelope(record[3] as Uint8Array).envelope.id);
    expect(ids).toEqual(['first', 'second']);
    expect(heard.records[0]!.slice(0, 3)).toEqual(['ephemeral', device, session]);
  });

  it('finds nobody where nobody is registered', async () => {
    const [shard, offline] = [freshShard(), freshDevice()];
    const { session } = await rig.hold(shard, offline);
    await rig.registry().deregister(shard, [{ device: offline, session, manner: 'offline' }]);
    const answers = await forward(shard, [freshDevice(), offline]);
    expect(answers).toEqual([{ status: 'absent' }, { status: 'absent' }]);
  });

  it('finds nobody on a node that nobody hears, whose registration ends with that', async () => {
    const [shard, device, dead] = [freshShard(), freshDevice(), freshName('node')];
    const { session } = await rig.hold(shard, device, dead);
    expect(await forward(shard, [device, device])).toEqual([{ status: 'absent' }, { status: 'absent' }]);
    expect(await rig.registry(dead).check(shard, [{ device, session }])).toEqual([{ status: 'lost' }]);
    expect(await rig.redis.sismember(rig.key(shard, 'node', dead), device)).toBe(0);
  });

  it('leaves nothing behind', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await forward(shard, [device]);
    expect(await rig.redis.keys(`${shardPrefix(shard)}*`)).toEqual([]);
  });

  it('fails when its asker has given up, and is published to nobody', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await listen(shard, node);
    await rig.hold(shard, device, node);
    await expect(forward(shard, [device], rig.link.clock.now() - 1000)).rejects.toThrow(/^LATE/);
    await forward(shard, [device]);
    await eventually(() => expect(heard.records).toHaveLength(1));
  });

  it('comes in a batch with answers of every kind, or is none', async () => {
    const [shard, here, there, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    await listen(shard, node);
    await rig.hold(shard, here);
    await rig.hold(shard, there, node);
    const answers = await forward(shard, [there, freshDevice(), here]);
    expect(answers.map(({ status }) => status)).toEqual(['delivered', 'absent', 'local']);
    expect(await forward(shard, [])).toEqual([]);
  });
});

describe('a connection that is behind', () => {
  it('takes nothing that is not stored, here or on another node, until it keeps up again', async () => {
    const [shard, here, there, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    await listen(shard, node);
    const holders = [
      { device: here, session: (await rig.hold(shard, here)).session },
      { device: there, session: (await rig.hold(shard, there, node)).session },
    ];
    const mark = (as: 'behind' | 'keeping up') =>
      rig.registry().mark(
        shard,
        holders.map((holder) => ({ ...holder, mark: as })),
      );
    expect(await mark('behind')).toBe(2);
    expect(await forward(shard, [here, there])).toEqual([{ status: 'behind' }, { status: 'behind' }]);
    expect(await mark('keeping up')).toBe(2);
    expect((await forward(shard, [here, there])).map(({ status }) => status)).toEqual(['local', 'delivered']);
  });

  it('is not marked by one that no longer holds its device', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const { session } = await rig.hold(shard, device);
    await rig.hold(shard, device);
    expect(await rig.registry().mark(shard, [{ device, session, mark: 'behind' }])).toBe(0);
    expect(await rig.registry().mark(shard, [{ device: freshDevice(), session, mark: 'behind' }])).toBe(0);
    expect((await forward(shard, [device]))[0]).toMatchObject({ status: 'local' });
  });
});

describe('a repeated id of a message that is never stored', () => {
  async function pair(): Promise<{ shard: number; here: DeviceKey; there: DeviceKey }> {
    const [shard, here, there, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    await listen(shard, node);
    await rig.hold(shard, here);
    await rig.hold(shard, there, node);
    return { shard, here, there };
  }

  const forwarder = () => new Forwarder(rig.link, rig.node);
  const once = { status: 'repeated', expiresAtMs: 0 };

  it('is handed on once, in whatever case it is written, within a batch and across batches', async () => {
    const { shard, here, there } = await pair();
    for (const recipient of [here, there]) {
      const envelope = envelopeOf({ id: 'abcdef' });
      const message = { recipient, envelope };
      const again = { recipient, envelope: { ...envelope, id: 'ABcdEF' } };
      const [first, second] = await forwarder().forward(shard, [message, again], rig.deadlineMs);
      expect(['local', 'delivered']).toContain(first?.status);
      expect(second).toEqual(once);
      expect(await forwarder().forward(shard, [again], rig.deadlineMs)).toEqual([once]);
      expect(await rig.accept(shard, [messageTo(recipient, { envelope })])).toEqual([once]);
    }
    expect((await rig.ledger(shard)).accepted).toBe(0);
  });

  it('is remembered for two minutes from the first', async () => {
    const { shard, here } = await pair();
    const envelope = envelopeOf();
    await forwarder().forward(shard, [{ recipient: here, envelope }], rig.deadlineMs);
    const key = rig.key(shard, 'seen', `${here}:${envelope.sender}:${envelope.id}`);
    expect(await rig.redis.pttl(key)).toBeGreaterThan(115_000);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(120_000);
  });

  it('is that of a message that was stored before, whose end is told', async () => {
    const { shard, here } = await pair();
    const message = messageTo(here);
    const [stored] = await rig.accept(shard, [message]);
    const { expiresAtMs } = stored as { expiresAtMs: number };
    expect(await forwarder().forward(shard, [message], rig.deadlineMs)).toEqual([{ status: 'repeated', expiresAtMs }]);
  });

  it('from another sender, or to another recipient, is another message', async () => {
    const { shard, here, there } = await pair();
    const { id, sender } = envelopeOf();
    const batch = [
      { recipient: here, envelope: envelopeOf({ id, sender }) },
      { recipient: here, envelope: envelopeOf({ id }) },
      { recipient: there, envelope: envelopeOf({ id, sender }) },
    ];
    const answers = await forwarder().forward(shard, batch, rig.deadlineMs);
    expect(answers.map(({ status }) => status)).toEqual(['local', 'local', 'delivered']);
  });

  it('is of no concern to what has no id of its own', async () => {
    const { shard, there } = await pair();
    const message = { recipient: there, envelope: envelopeOf({ id: '', ackable: false }) };
    const answers = await forwarder().forward(shard, [message, message], rig.deadlineMs);
    expect(answers).toEqual([{ status: 'delivered' }, { status: 'delivered' }]);
    expect(await rig.redis.keys(`${shardPrefix(shard)}seen:*`)).toEqual([]);
  });

  it('is forgotten when the asking node could not hand it on, and only then', async () => {
    const { shard, here, there } = await pair();
    const messages = [here, there].map((recipient) => ({ recipient, envelope: envelopeOf() }));
    const stored = messageTo(here);
    await forwarder().forward(shard, messages, rig.deadlineMs);
    await rig.accept(shard, [stored]);
    expect(await forwarder().forget(shard, [...messages, stored])).toBe(1);
    const answers = await forwarder().forward(shard, [...messages, stored], rig.deadlineMs);
    expect(answers.map(({ status }) => status)).toEqual(['local', 'repeated', 'repeated']);
  });
});
