import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { utf8 } from '../../src/crypto';
import { SessionMemory } from '../../src/sessions/session-memory';
import {
  arrived,
  carry,
  hand,
  largerId,
  pairedNodes,
  SessionNode,
  settle,
  smallerId,
} from '../sessions-rig/session-node';

const secretOf = { [smallerId]: 1, [largerId]: 2 };

/** A second process with the same keys and the records of then. */
async function restored(node: SessionNode, disk = node.disk.copy()): Promise<SessionNode> {
  const secret = new Uint8Array(32).fill(secretOf[node.id]!);
  return SessionNode.start({ id: node.id, secret, now: () => 1_800_000_000_000, disk });
}

describe('a store that is older than its messages', () => {
  test('when it sends, both sides are told in a sentence, and what it sends next is read', async () => {
    const { one, other } = await pairedNodes();
    const backup = one.disk.copy();
    for (const text of ['first', 'second', 'third']) await one.say(other.id, text);
    await carry(one, other);
    const again = await restored(one, backup);
    await again.say(other.id, 'lost');
    const [post] = await again.takePosts();
    await other.receive(arrived(again, post!));
    expect(other.events.at(-1)).toMatchObject({ name: 'refused', why: 'out-of-order' });
    await carry(other, again);
    expect(again.events).toMatchObject([{ name: 'restored', sentence: expect.stringContaining('backup') }]);
    await again.say(other.id, 'read');
    await carry(again, other);
    expect(other.read).toEqual(['first', 'second', 'third', 'read']);
  });

  test.each([1, 3])('is told of also where it has sent as much as it lacks, or more: %d', async (further) => {
    const { one, other } = await pairedNodes();
    const backup = one.disk.copy();
    for (const text of ['first', 'second']) await one.say(other.id, text);
    await carry(one, other);
    const again = await restored(one, backup);
    for (let count = 0; count <= further; count += 1) await again.say(other.id, `${count}`);
    await carry(again, other);
    await carry(other, again);
    expect(again.eventNames()).toEqual(['restored']);
  });

  test('is not what a relay makes of an old message that it shows again', async () => {
    const { one, other } = await pairedNodes();
    await one.say(other.id, 'first');
    await one.say(other.id, 'second');
    const posts = await one.takePosts();
    for (const post of [...posts, ...posts]) await other.receive(arrived(one, post));
    await carry(other, one);
    expect([other.eventNames(), one.eventNames()]).toEqual([['refused'], []]);
  });

  test('and that lacks the newest key is told that it must pair again, once an hour', async () => {
    const { one, other } = await pairedNodes();
    const backup = one.disk.copy();
    await one.sessions.rotate(other.id);
    await settle(one, other);
    const again = await restored(one, backup);
    await other.say(one.id, 'under the second key');
    await carry(other, again);
    expect(again.events).toMatchObject([{ name: 'refused', why: 'unknown-key' }]);
    await carry(again, other);
    expect(other.events.at(-1)).toMatchObject({ name: 'outOfStep' });
  });

  test('and that starts a rotation which the peer has behind itself is refused', async () => {
    const { one, other } = await pairedNodes();
    const backup = one.disk.copy();
    await one.sessions.rotate(other.id);
    await settle(one, other);
    const again = await restored(one, backup);
    await again.sessions.rotate(other.id);
    await hand(again.takeFrames()[0]!, again, other);
    await hand(other.takeFrames()[0]!, other, again);
    expect(again.eventNames()).toEqual(['outOfStep']);
    expect(other.eventNames()).toEqual([]);
  });

  test('that forgot the rotation it started begins another one', async () => {
    const { one, other } = await pairedNodes();
    const backup = one.disk.copy();
    await one.sessions.rotate(other.id);
    await hand(one.takeFrames()[0]!, one, other);
    other.takeFrames();
    const again = await restored(one, backup);
    await again.sessions.rotate(other.id);
    await settle(again, other);
    await again.say(other.id, 'text');
    await carry(again, other);
    expect(other.read).toEqual(['text']);
    expect([...again.eventNames(), ...other.eventNames()]).toEqual(['rotated']);
  });

  test('whose record is damaged says so, and pairing again mends it', async () => {
    const { one, other } = await pairedNodes();
    const key = `session:${other.id.toLowerCase()}:keys`;
    await one.store.write(new Map([[key, utf8('{"v":1')]]));
    await one.restart();
    await expect(one.say(other.id, 'text')).rejects.toThrow(/damaged: pair the two again/);
    await one.sessions.tick();
    await one.sessions.begin({ peerId: other.id, theirs: await other.publicKey(), root: new Uint8Array(32) });
    await one.say(other.id, 'text');
  });
});

describe('a store that fails', () => {
  test('and works again uses no counter twice, whether it had written or not', async () => {
    for (const when of ['before', 'after'] as const) {
      const { one, other } = await pairedNodes();
      await one.say(other.id, 'first');
      one.failNextWrite(when);
      await expect(one.say(other.id, 'perhaps')).rejects.toThrow('the disk is full');
      await one.say(other.id, 'last');
      await carry(one, other);
      expect(other.read).toEqual(when === 'before' ? ['first', 'last'] : ['first', 'perhaps', 'last']);
      expect(other.events).toEqual([]);
    }
  });
});

describe('a handler that fails', () => {
  test('sees the message again, before what follows it', async () => {
    const { one, other } = await pairedNodes();
    await one.say(other.id, 'first');
    await one.say(other.id, 'second');
    const messages = (await one.takePosts()).map((post) => arrived(one, post));
    const failing = async () => Promise.reject(new Error('the disk is full'));
    await expect(other.receive(messages[0]!, failing)).rejects.toThrow('the disk is full');
    await expect(other.receive(messages[1]!)).rejects.toThrow('waits for an earlier one');
    other.sessions.registered();
    for (const message of messages) await other.receive(message);
    expect(other.read).toEqual(['first', 'second']);
  });
});

describe('a device that is not paired', () => {
  test('can be sent nothing', async () => {
    const { one } = await pairedNodes();
    await expect(one.say('D4'.repeat(32), 'text')).rejects.toThrow('not paired with D4D4D4D4');
  });

  test('can be sent nothing any more when it was forgotten', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.forget(other.id);
    await expect(one.say(other.id, 'text')).rejects.toMatchObject({ code: 'not-paired' });
    expect(await one.sessions.peers()).toEqual([]);
  });
});

test('no key is printed with what holds it', async () => {
  const { one, other } = await pairedNodes();
  const memory = new SessionMemory(one.store, one.id);
  const state = await memory.get(other.id);
  expect(inspect(memory, { depth: 20 })).toBe('[sessions]');
  expect(JSON.stringify(memory)).toBe('"[sessions]"');
  expect(inspect({ memory }, { depth: 20 })).not.toContain(
    `${state!.epochs[0]!.sendKey[0]}, ${state!.epochs[0]!.sendKey[1]}`,
  );
});
