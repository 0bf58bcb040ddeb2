import { describe, expect, test } from '@jest/globals';
import { arrived, carry, pair, pairedNodes, SessionNode, thirdId } from '../sessions-rig/session-node';

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
      expect(await other.hear({ ...message!, data })).toBe('refused');
    }
    expect(other.read).toEqual([]);
    expect(await other.hear(message!)).toBe('handled');
  });

  test('may shorten or lengthen a message', async () => {
    const { one, other } = await pairedNodes();
    const [message] = await postedBy(one, other.id, 'text');
    for (let length = 0; length < message!.data.length; length += 1) {
      expect(await other.hear({ ...message!, data: message!.data.slice(0, length) })).toBe('refused');
    }
    expect(await other.hear({ ...message!, data: Uint8Array.of(...message!.data, 0) })).toBe('refused');
    expect(other.read).toEqual([]);
  });

  test('may swap the ids of two messages', async () => {
    const { one, other } = await pairedNodes();
    const [first, second] = await postedBy(one, other.id, 'first', 'second');
    expect(await other.hear({ ...first!, messageId: second!.messageId })).toBe('refused');
    expect(await other.hear({ ...second!, messageId: first!.messageId })).toBe('refused');
    expect(other.events).toMatchObject([{ why: 'altered' }, { why: 'altered' }]);
  });

  test('may give a message to another paired device, or back to its sender', async () => {
    const { one, other, clock } = await pairedNodes();
    const third = await SessionNode.start({ id: thirdId, secret: new Uint8Array(32).fill(3), now: () => clock.now });
    await pair(one, third);
    await pair(other, third);
    const [message] = await postedBy(one, other.id, 'for other alone');
    expect(await third.hear(message!)).toBe('refused');
    expect(await one.hear({ ...message!, senderId: other.id })).toBe('refused');
    expect(await other.hear({ ...message!, senderId: third.id })).toBe('refused');
    expect([...third.read, ...one.read, ...other.read]).toEqual([]);
  });

  test('may replay a message', async () => {
    const { one, other } = await pairedNodes();
    const [first, second] = await postedBy(one, other.id, 'first', 'second');
    await other.hear(first!);
    expect(await other.hear(first!)).toBe('repeated');
    await other.hear(second!);
    expect(await other.hear(first!)).toBe('refused');
    expect(other.read).toEqual(['first', 'second']);
    expect(other.events).toMatchObject([{ name: 'refused', why: 'out-of-order', messageId: first!.messageId }]);
  });

  test('by replays makes the sender change nothing, and the recipient talk once a minute', async () => {
    const { one, other, clock } = await pairedNodes();
    const [first, second] = await postedBy(one, other.id, 'first', 'second');
    for (const message of [first, second, first, first, first]) await other.hear(message!);
    clock.now += 60_000;
    await other.hear(first!);
    const warnings = await other.takePosts();
    expect(warnings).toHaveLength(2);
    for (const warning of warnings) await one.hear(arrived(other, warning));
    expect(one.events).toEqual([]);
  });

  test('may reorder messages: what comes too late is not read, and what is missing is told', async () => {
    const { one, other } = await pairedNodes();
    const [first, second, third] = await postedBy(one, other.id, 'first', 'second', 'third');
    for (const message of [third, first, second]) await other.hear(message!);
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
    await other.hear(first!);
    await other.hear(fourth!);
    expect(other.read).toEqual(['first', 'fourth']);
    expect(other.events).toMatchObject([{ name: 'missing', count: 2 }]);
  });

  test('may make messages up', async () => {
    const { one, other } = await pairedNodes();
    const data = new Uint8Array(100);
    expect(await other.hear({ senderId: one.id, messageId: '0', data })).toBe('refused');
    expect(await other.hear({ senderId: thirdId, messageId: '0', data })).toBe('stranger');
  });

  test('sees ids in other letters, which change nothing', async () => {
    const { one, other } = await pairedNodes();
    const [message] = await postedBy(one, other.id, 'text');
    const messageId = message!.messageId.toUpperCase();
    expect(await other.hear({ ...message!, messageId, senderId: one.id.toLowerCase() })).toBe('handled');
  });
});
