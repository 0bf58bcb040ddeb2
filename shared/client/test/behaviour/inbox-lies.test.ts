import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { type Changes, Inbox, MemoryStore, type Store } from '../../src/index';
import { LyingRelay, receivable } from '../lying-relay';
import { bytesOf, connectedLink, stopLinks, textOf } from '../rig';

let relay: LyingRelay;
beforeEach(async () => {
  relay = await LyingRelay.start();
});
afterEach(async () => {
  await stopLinks();
  await relay.stop();
});

const hasty = { encoding: 'json', random: () => 0 } as const;

describe('an inbox', () => {
  async function openInbox(store: Store, handler: (text: string) => Changes | undefined = () => undefined) {
    const { link } = await connectedLink(relay.url, hasty);
    const handled: string[] = [];
    const failures: unknown[] = [];
    link.on('handlerFailed', (error) => failures.push(error));
    await Inbox.open({
      link,
      store,
      handler: (message) => {
        handled.push(textOf(message.data));
        return handler(textOf(message.data));
      },
    });
    return { link, handled, failures, visitor: relay.visitors.at(-1)! };
  }

  const acked = () => relay.heardOf('Ack').map(({ message_id }) => message_id);

  test('drops what a relay repeats, also after a restart, and acks it again', async () => {
    const store = new MemoryStore();
    const message = receivable('once');
    const first = await openInbox(store);
    for (let count = 0; count < 3; count += 1) first.visitor.say('Receive', message);
    first.visitor.say('Receive', { ...message, message_id: String(message.message_id).toUpperCase() });
    await eventually(() => expect(acked()).toHaveLength(4));
    expect(first.handled).toEqual(['once']);
    await first.link.stop();
    const second = await openInbox(store);
    second.visitor.say('Receive', message);
    second.visitor.say('Receive', receivable('next'));
    await eventually(() => expect(second.handled).toEqual(['next']));
    await eventually(() => expect(acked()).toHaveLength(6));
  });

  test('takes the same id of two senders for two messages', async () => {
    const { handled, visitor } = await openInbox(new MemoryStore());
    const message = receivable('one');
    visitor.say('Receive', message);
    visitor.say('Receive', { ...receivable('two', freshHardwareId()), message_id: message.message_id });
    await eventually(() => expect(handled).toEqual(['one', 'two']));
  });

  test('does not ack what its handler failed on, and hands it over again', async () => {
    let failures = 1;
    const { handled, visitor } = await openInbox(new MemoryStore(), () => {
      failures -= 1;
      if (failures >= 0) throw new Error('not yet');
      return undefined;
    });
    const message = receivable('again');
    visitor.say('Receive', message);
    visitor.say('Receive', message);
    await eventually(() => expect(acked()).toEqual([message.message_id]));
    expect(handled).toEqual(['again', 'again']);
  });

  test('writes what a handler changes together with the memory of the message', async () => {
    const writes: Changes[] = [];
    const store = new MemoryStore();
    const write = store.write.bind(store);
    store.write = async (changes) => {
      writes.push(changes);
      await write(changes);
    };
    const { visitor } = await openInbox(store, () => new Map([['counter', Uint8Array.of(1)]]));
    visitor.say('Receive', receivable('counted'));
    await eventually(() => expect(acked()).toHaveLength(1));
    expect(writes.map((changes) => [...changes.keys()].map((key) => key.split(':')[0]))).toEqual([
      ['counter', 'inbox'],
    ]);
  });

  test('acks nothing while its store takes nothing, and handles nothing twice for it', async () => {
    const store = new MemoryStore();
    const write = store.write.bind(store);
    let disk = 'full';
    store.write = async (changes) => {
      if (disk === 'full') throw new Error('The disk is full.');
      await write(changes);
    };
    const { handled, failures, visitor } = await openInbox(
      store,
      (text) => new Map([[`state.${text}`, bytesOf(text)]]),
    );
    const [one, two] = [receivable('one'), receivable('two')];
    visitor.say('Receive', one);
    visitor.say('Receive', two);
    await eventually(() => expect(failures).toHaveLength(2));
    expect(acked()).toEqual([]);
    disk = 'free';
    visitor.say('Receive', two);
    await eventually(() => expect(acked()).toEqual([two.message_id]));
    // With the second, what the first had changed was written too.
    expect(textOf((await store.get('state.one'))!)).toBe('one');
    visitor.say('Receive', one);
    await eventually(() => expect(acked()).toEqual([two.message_id, one.message_id]));
    expect(handled).toEqual(['one', 'two']);
  });

  test('remembers as many ids as it may, and forgets the oldest', async () => {
    const store = new MemoryStore();
    const { link } = await connectedLink(relay.url, hasty);
    const handled: string[] = [];
    await Inbox.open({ link, store, mostIds: 3, handler: ({ data }) => void handled.push(textOf(data)) });
    const messages = ['a', 'b', 'c', 'd'].map((text) => receivable(text));
    for (const message of [...messages, ...messages.slice(1)]) relay.visitors.at(-1)!.say('Receive', message);
    await eventually(() => expect(acked()).toHaveLength(7));
    expect(handled).toEqual(['a', 'b', 'c', 'd']);
    expect(await store.keys('inbox:')).toHaveLength(3);
  });

  test('does not take a message whose ids are none', async () => {
    const { handled, visitor } = await openInbox(new MemoryStore());
    visitor.say('Receive', { ...receivable('bad'), message_id: 'x' });
    visitor.say('Receive', { ...receivable('bad'), sender_id: '../../etc' });
    visitor.say('Receive', receivable('good'));
    await eventually(() => expect(handled).toEqual(['good']));
  });
});
