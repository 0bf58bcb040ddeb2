import { describe, expect, test } from '@jest/globals';
import { utf8 } from '../../src/crypto';
import { countsKey } from '../../src/sessions/session-record';
import { carry, carryFrames, hand, pairedNodes, type SessionNode, settle } from '../sessions-rig/session-node';

const dayMs = 24 * 60 * 60 * 1000;

async function talk(one: SessionNode, other: SessionNode, text: string) {
  await one.say(other.id, text);
  await other.say(one.id, text);
  await carry(one, other);
  await carry(other, one);
}

function keysOf(node: SessionNode): unknown {
  const records = node.disk.text().match(/\{"v":1,"theirs".*\}/g) ?? [];
  const { epochs, send, pending } = JSON.parse(records[0]!);
  return { ids: epochs.map(({ id }: { id: string }) => id), send, pending: pending?.id };
}

describe('key rotation', () => {
  test('brings both sides to the next key, and they say so once each', async () => {
    const { one, other } = await pairedNodes();
    expect(await one.sessions.rotate(other.id)).toBe('started');
    await settle(one, other);
    expect(keysOf(one)).toEqual({ ids: ['1', '2'], send: '2', pending: undefined });
    expect(keysOf(other)).toEqual({ ids: ['1', '2'], send: '2', pending: undefined });
    await talk(one, other, 'under the second');
    expect([one.read, other.read]).toEqual([['under the second'], ['under the second']]);
    expect(one.eventNames()).toEqual(['rotated']);
    expect(other.eventNames()).toEqual([]);
  });

  test('loses no message that is in flight while it goes on', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.rotate(other.id);
    await one.say(other.id, 'before');
    await other.say(one.id, 'before');
    await carryFrames(one, other);
    await other.say(one.id, 'answered');
    await carryFrames(other, one);
    await one.say(other.id, 'after');
    await settle(one, other);
    expect(one.read).toEqual(['before', 'answered']);
    expect(other.read).toEqual(['before', 'after']);
    expect([...one.eventNames(), ...other.eventNames()]).toEqual(['rotated']);
  });

  test('gives the same update the same answer', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.rotate(other.id);
    const [update] = one.takeFrames();
    await hand(update!, one, other);
    await hand(update!, one, other);
    const [first, second] = other.takeFrames();
    expect(second).toEqual(first);
  });

  test('offers again what is not answered, the same after a restart, when connected and every five minutes', async () => {
    const { one, other, clock } = await pairedNodes();
    await one.sessions.rotate(other.id);
    const [lost] = one.takeFrames();
    await one.restart();
    await one.sessions.connected();
    expect(one.takeFrames()).toEqual([lost]);
    clock.now += 299_000;
    await one.sessions.tick();
    expect(one.takeFrames()).toEqual([]);
    clock.now += 1_000;
    await one.sessions.tick();
    expect(one.takeFrames()).toEqual([lost]);
    expect(await one.sessions.rotate(other.id)).toBe('under-way');
  });

  test('of two that begin at once lets the smaller id go first', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.rotate(other.id);
    await other.sessions.rotate(one.id);
    await carryFrames(other, one);
    await settle(one, other);
    expect(keysOf(one)).toEqual(keysOf(other));
    expect(keysOf(one)).toEqual({ ids: ['1', '2'], send: '2', pending: undefined });
    expect([one.eventNames(), other.eventNames()]).toEqual([['rotated'], []]);
  });

  test('comes by itself after seven days', async () => {
    const { one, other, clock } = await pairedNodes();
    clock.now += 7 * dayMs - 1;
    await one.sessions.tick();
    expect(one.takeFrames()).toEqual([]);
    clock.now += 1;
    await one.sessions.tick();
    await settle(one, other);
    expect(keysOf(other)).toMatchObject({ send: '2' });
  });

  test('comes by itself after 10,000 messages', async () => {
    const { one, other } = await pairedNodes();
    const counts = utf8(JSON.stringify({ v: 1, counts: [['1', 9_998, 0, '']] }));
    await one.store.write(new Map([[countsKey(other.id), counts]]));
    await one.restart();
    await one.say(other.id, 'the last but one');
    await one.sessions.tick();
    expect(one.takeFrames()).toEqual([]);
    await one.say(other.id, 'the last');
    await one.sessions.tick();
    await settle(one, other);
    expect(keysOf(other)).toMatchObject({ send: '2' });
    expect(other.read).toEqual(['the last but one', 'the last']);
  });

  test('erases old keys eight days after both sides use newer ones, and their roots at once', async () => {
    const { one, other, clock } = await pairedNodes();
    const firstKeys = one.disk.text().match(/"root":"([^"]+)"/)![1]!;
    const firstSendKey = one.disk.text().match(/"send":"([^"]{44})"/)![1]!;
    await one.sessions.rotate(other.id);
    await settle(one, other);
    expect(one.disk.text() + other.disk.text()).not.toContain(firstKeys);
    expect(one.disk.text()).toContain(firstSendKey);
    clock.now += 8 * dayMs + 1;
    await one.sessions.tick();
    await other.sessions.tick();
    expect(one.disk.text() + other.disk.text()).not.toContain(firstSendKey);
  });

  test('keeps at most four old keys', async () => {
    const { one, other } = await pairedNodes();
    for (let rotation = 0; rotation < 6; rotation += 1) {
      await one.sessions.rotate(other.id);
      await settle(one, other);
    }
    expect(keysOf(one)).toMatchObject({ ids: ['3', '4', '5', '6', '7'] });
    expect(keysOf(other)).toMatchObject({ ids: ['3', '4', '5', '6', '7'] });
  });

  test('is not moved by altered, swapped or made-up packages', async () => {
    const { one, other } = await pairedNodes();
    const before = keysOf(other);
    await one.sessions.rotate(other.id);
    const [update] = one.takeFrames();
    for (let at = 0; at < update!.package.length; at += 1) {
      const altered = update!.package.slice();
      altered[at]! ^= 0x40;
      await hand({ ...update!, package: altered }, one, other);
      await hand({ ...update!, keyId: 3n }, one, other);
    }
    expect(other.takeFrames()).toEqual([]);
    expect(keysOf(other)).toEqual(before);
    await hand(update!, one, other);
    const [answer] = other.takeFrames();
    for (let at = 0; at < answer!.package.length; at += 1) {
      const altered = answer!.package.slice();
      altered[at]! ^= 0x40;
      await hand({ ...answer!, package: altered }, other, one);
    }
    expect(keysOf(one)).toMatchObject({ send: '1' });
    await hand(answer!, other, one);
    expect(keysOf(one)).toMatchObject({ send: '2' });
  });

  test('takes no package for a message, nor a message for a package', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.rotate(other.id);
    const [update] = one.takeFrames();
    const messageId = '00000000-0000-0000-0000-000000000000';
    expect(await other.receive({ senderId: one.id, messageId, data: update!.package })).toBe('refused');
    await one.say(other.id, 'text');
    const [post] = await one.takePosts();
    await hand({ ...update!, package: post!.data }, one, other);
    expect(other.takeFrames()).toEqual([]);
  });

  test('whose confirmation was lost is confirmed again after a day', async () => {
    const { one, other, clock } = await pairedNodes();
    await one.sessions.rotate(other.id);
    await carryFrames(one, other);
    await carryFrames(other, one);
    await one.takePosts();
    expect(await one.sessions.rotate(other.id)).toBe('under-way');
    clock.now += dayMs;
    await one.sessions.tick();
    await settle(one, other);
    expect(keysOf(other)).toMatchObject({ send: '2' });
    expect(await one.sessions.rotate(other.id)).toBe('started');
  });

  test('reports what was dropped at the end of a key', async () => {
    const { one, other } = await pairedNodes();
    await one.say(other.id, 'read');
    await carry(one, other);
    await one.say(other.id, 'dropped');
    await one.say(other.id, 'dropped');
    const dropped = await one.takePosts();
    await one.sessions.rotate(other.id);
    await settle(one, other);
    expect(other.events).toMatchObject([{ name: 'missing', count: 2 }]);
    expect(await other.receive({ senderId: one.id, ...dropped[0]! })).toBe('refused');
  });
});
