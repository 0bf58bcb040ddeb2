import { describe, expect, test } from '@jest/globals';
import {
  arrived,
  carry,
  carryFrames,
  hand,
  pair,
  pairedNodes,
  SessionNode,
  settle,
  thirdId,
} from '../sessions-rig/session-node';

async function postedBy(node: SessionNode, peerId: string, ...texts: string[]) {
  for (const text of texts) await node.say(peerId, text);
  return (await node.takePosts()).map((post) => arrived(node, post));
}

describe('a relay that lies', () => {
  test('changes nothing for devices that it serves well', async () => {
    const { one, other } = await pairedNodes();
    await one.say(other.id, 'to');
    await other.say(one.id, 'fro');
    await carry(one, other);
    await carry(other, one);
    expect([one.read, other.read]).toEqual([['fro'], ['to']]);
    expect([...one.events, ...other.events]).toEqual([]);
  });

  test('may alter any byte, and none of it is read', async () => {
    const { one, other } = await pairedNodes();
    const [message] = await postedBy(one, other.id, 'the text');
    for (let at = 0; at < message!.data.length; at += 1) {
      const data = message!.data.slice();
      data[at]! ^= 1 << (at % 8);
      expect(await other.receive({ ...message!, data })).toBe('refused');
    }
    expect(other.read).toEqual([]);
    expect(await other.receive(message!)).toBe('handled');
  });

  test('may shorten or lengthen a message', async () => {
    const { one, other } = await pairedNodes();
    const [message] = await postedBy(one, other.id, 'text');
    for (let length = 0; length < message!.data.length; length += 1) {
      expect(await other.receive({ ...message!, data: message!.data.slice(0, length) })).toBe('refused');
    }
    expect(await other.receive({ ...message!, data: Uint8Array.of(...message!.data, 0) })).toBe('refused');
    expect(other.read).toEqual([]);
  });

  test('may swap the ids of two messages', async () => {
    const { one, other } = await pairedNodes();
    const [first, second] = await postedBy(one, other.id, 'first', 'second');
    expect(await other.receive({ ...first!, messageId: second!.messageId })).toBe('refused');
    expect(await other.receive({ ...second!, messageId: first!.messageId })).toBe('refused');
    expect(other.events).toMatchObject([{ why: 'altered' }, { why: 'altered' }]);
  });

  test('may give a message to another paired device, or back to its sender', async () => {
    const { one, other, clock } = await pairedNodes();
    const third = await SessionNode.start({ id: thirdId, secret: new Uint8Array(32).fill(3), now: () => clock.now });
    await pair(one, third);
    await pair(other, third);
    const [message] = await postedBy(one, other.id, 'for other alone');
    expect(await third.receive(message!)).toBe('refused');
    expect(await one.receive({ ...message!, senderId: other.id })).toBe('refused');
    expect(await other.receive({ ...message!, senderId: third.id })).toBe('refused');
    expect([...third.read, ...one.read, ...other.read]).toEqual([]);
  });

  test('may replay a message', async () => {
    const { one, other } = await pairedNodes();
    const [first, second] = await postedBy(one, other.id, 'first', 'second');
    await other.receive(first!);
    expect(await other.receive(first!)).toBe('repeated');
    await other.receive(second!);
    expect(await other.receive(first!)).toBe('refused');
    expect(other.read).toEqual(['first', 'second']);
    expect(other.events).toMatchObject([{ name: 'refused', why: 'out-of-order', messageId: first!.messageId }]);
  });

  test('by replays makes the sender change nothing, and the recipient talk once a minute', async () => {
    const { one, other, clock } = await pairedNodes();
    const [first, second] = await postedBy(one, other.id, 'first', 'second');
    for (const message of [first, second, first, first, first]) await other.receive(message!);
    clock.now += 60_000;
    await other.receive(first!);
    const warnings = await other.takePosts();
    expect(warnings).toHaveLength(2);
    for (const warning of warnings) await one.receive(arrived(other, warning));
    expect(one.events).toEqual([]);
  });

  test('may reorder messages: what comes too late is not read, and what is missing is told', async () => {
    const { one, other } = await pairedNodes();
    const [first, second, third] = await postedBy(one, other.id, 'first', 'second', 'third');
    for (const message of [third, first, second]) await other.receive(message!);
    expect(other.read).toEqual(['third']);
    expect(other.events).toMatchObject([
      { name: 'missing', count: 2 },
      { why: 'out-of-order' },
      { why: 'out-of-order' },
    ]);
  });

  test('may drop messages: the next one tells how many', async () => {
    const { one, other } = await pairedNodes();
    const [first, , , fourth] = await postedBy(one, other.id, 'first', 'second', 'third', 'fourth');
    await other.receive(first!);
    await other.receive(fourth!);
    expect(other.read).toEqual(['first', 'fourth']);
    expect(other.events).toMatchObject([{ name: 'missing', count: 2 }]);
  });

  test('may make messages up', async () => {
    const { one, other } = await pairedNodes();
    const data = new Uint8Array(100);
    expect(await other.receive({ senderId: one.id, messageId: '0', data })).toBe('refused');
    expect(await other.receive({ senderId: thirdId, messageId: '0', data })).toBe('stranger');
  });

  test('sees ids in other letters, which change nothing', async () => {
    const { one, other } = await pairedNodes();
    const [message] = await postedBy(one, other.id, 'text');
    const messageId = message!.messageId.toUpperCase();
    expect(await other.receive({ ...message!, messageId, senderId: one.id.toLowerCase() })).toBe('handled');
  });

  test('by an old update makes nobody pair again, and gets one answer in a minute', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.rotate(other.id);
    const [first] = one.takeFrames();
    await hand(first!, one, other);
    await settle(one, other);
    await one.sessions.rotate(other.id);
    await settle(one, other);
    const before = other.eventNames();
    for (let count = 0; count < 10; count += 1) await hand(first!, one, other);
    expect(other.eventNames()).toEqual(before);
    expect(other.takeFrames().length).toBeLessThanOrEqual(1);
  });

  test('by a message under a key that is yet to come makes nobody pair again', async () => {
    const { one, other } = await pairedNodes();
    await one.say(other.id, 'text');
    const [text] = await one.takePosts();
    const madeUp = { ...arrived(one, text!), messageId: 'e0000000-0000-4000-8000-000000000000' };
    madeUp.data = madeUp.data.slice();
    madeUp.data[9] = 2;
    expect(await other.receive(madeUp)).toBe('refused');
    const kept = await other.takePosts();
    await one.sessions.rotate(other.id);
    await carryFrames(one, other);
    await carryFrames(other, one);
    for (const post of kept) expect(await one.receive(arrived(other, post))).not.toBe('stranger');
    expect(one.eventNames()).not.toContain('outOfStep');
  });

  test('that holds a message back until the two pair again does not get it counted in the new session', async () => {
    const { one, other } = await pairedNodes();
    const old = await postedBy(one, other.id, 'first', 'second', 'third');
    await other.receive(old[2]!, async () => pair(one, other));
    const [fresh] = await postedBy(one, other.id, 'fresh');
    expect(await other.receive(fresh!)).toBe('handled');
    expect(other.events.filter(({ name }) => name === 'refused')).toEqual([]);
  });

  test('of what it was given before the two paired again, can pass nothing off as posted since', async () => {
    const { one, other } = await pairedNodes();
    const [old] = await postedBy(one, other.id, 'old');
    expect(one.sessions.hasPosted(other.id, old!.messageId)).toBe(true);
    await pair(one, other);
    expect(one.sessions.hasPosted(other.id, old!.messageId)).toBe(false);
  });
});
