import { describe, expect, test } from '@jest/globals';
import { type Arrived, NotNow } from '../../src/sessions';
import { arrived, pairedNodes, type SessionNode } from '../sessions-rig/session-node';

const minuteMs = 60_000;

async function waiting(one: SessionNode, other: SessionNode, ...texts: string[]): Promise<Arrived[]> {
  for (const text of texts) await one.say(other.id, text);
  return (await one.takePosts()).map((post) => arrived(one, post));
}

async function fails(): Promise<never> {
  throw new Error('the printer is on fire');
}

/** As a relay delivers again what is not acked: from the first one on. */
async function deliver(node: SessionNode, messages: Arrived[], handle?: () => Promise<never>): Promise<void> {
  node.sessions.registered();
  for (const message of messages.splice(0)) {
    await node.receive(message, handle).catch(() => messages.push(message));
  }
}

describe('a message whose handler fails each time', () => {
  test('is given up after ten tries, told as an event, and what followed it is read', async () => {
    const { one, other, clock } = await pairedNodes();
    const messages = await waiting(one, other, 'poison', 'after');
    const [poison] = messages;
    for (let tries = 1; tries < 10; tries += 1) {
      await deliver(other, messages, fails);
      clock.now += 2 * minuteMs;
    }
    expect(messages).toHaveLength(2);
    expect(other.events).toEqual([]);
    await deliver(other, messages.splice(0, 1), fails);
    expect(other.events).toMatchObject([
      {
        name: 'refused',
        why: 'handler-failed',
        messageId: poison!.messageId,
        sentence: expect.stringContaining('the printer is on fire'),
      },
    ]);
    await deliver(other, messages);
    expect(messages).toEqual([]);
    expect(other.read).toEqual(['after']);
  });

  test('is not given up because a connection came and went ten times in a minute', async () => {
    const { one, other } = await pairedNodes();
    const messages = await waiting(one, other, 'text');
    for (let tries = 0; tries < 30; tries += 1) await deliver(other, messages, fails);
    expect(messages).toHaveLength(1);
    await deliver(other, messages);
    expect(other.read).toEqual(['text']);
  });

  test('keeps back no other peer, and its tries are not those of another message', async () => {
    const { one, other, clock } = await pairedNodes();
    for (const text of ['first', 'second']) {
      const messages = await waiting(one, other, text);
      for (let tries = 1; tries < 10; tries += 1) {
        await deliver(other, messages, fails);
        clock.now += 2 * minuteMs;
      }
      await deliver(other, messages);
    }
    expect(other.read).toEqual(['first', 'second']);
    expect(other.events).toEqual([]);
  });

  test('keeps back what follows it on the same connection, whatever else is done there meanwhile', async () => {
    const { one, other } = await pairedNodes();
    const messages = await waiting(one, other, 'first', 'second');
    await expect(other.receive(messages[0]!, fails)).rejects.toThrow('on fire');
    await other.sessions.connected();
    await expect(other.receive(messages[1]!)).rejects.toMatchObject({ code: 'waits' });
    await deliver(other, messages);
    expect(other.read).toEqual(['first', 'second']);
  });

  test('is not handled again because the store could not count it', async () => {
    const { one, other } = await pairedNodes();
    const messages = await waiting(one, other, 'first', 'second');
    for (const when of ['before', 'after'] as const) {
      other.failNextWrite(when);
      await deliver(other, messages);
      expect(messages.length).toBeGreaterThan(0);
    }
    await deliver(other, messages);
    expect(other.read).toEqual(['first', 'second']);
    expect(other.events).toEqual([]);
  });

  test('waits without end where the handler says that it is not the time', async () => {
    const { one, other, clock } = await pairedNodes();
    const messages = await waiting(one, other, 'text');
    const notNow = async () => {
      throw new NotNow('nobody listens yet');
    };
    for (let tries = 0; tries < 50; tries += 1) {
      await deliver(other, messages, notNow);
      clock.now += 60 * minuteMs;
    }
    await deliver(other, messages);
    expect(other.read).toEqual(['text']);
  });
});
