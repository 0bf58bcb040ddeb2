import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { type Changes, Inbox, MemoryStore, Outbox, OutboxFull, RelayError, type Store } from '../../src/index';
import { LyingRelay, receivable } from '../lying-relay';
import { bytesOf, connectedLink, stopLinks, textOf } from '../rig';

let relay: LyingRelay;
const outboxes: Outbox[] = [];
beforeEach(async () => {
  relay = await LyingRelay.start();
});
afterEach(async () => {
  for (const outbox of outboxes.splice(0)) outbox.close();
  await stopLinks();
  await relay.stop();
});

const recipientId = freshHardwareId();
const hasty = { encoding: 'json', random: () => 0 } as const;

async function openOutbox(options: { store?: Store; timeoutMs?: number } = {}) {
  const { store = new MemoryStore(), timeoutMs } = options;
  const { link } = await connectedLink(relay.url, { ...hasty, timeoutMs });
  const outbox = await Outbox.open({ link, store, random: () => 0 });
  outboxes.push(outbox);
  return { link, outbox, store };
}

describe('an outbox', () => {
  test('repeats a message under its id when the ack was dropped, as the same bytes', async () => {
    let drops = 2;
    relay.lies = {
      send: (visitor, { message_id }) => {
        drops -= 1;
        if (drops < 0) visitor.say('Ack', { message_id, status: 'queued' });
      },
    };
    const { outbox } = await openOutbox({ timeoutMs: 300 });
    const messageId = randomUUID();
    await expect(outbox.send({ recipientId, data: bytesOf('once'), messageId })).resolves.toMatchObject({ messageId });
    const sent = relay.heardOf('Send');
    expect(sent.map(({ message_id }) => message_id)).toEqual([messageId, messageId, messageId]);
    expect(new Set(sent.map(({ encrypted_data }) => encrypted_data)).size).toBe(1);
  });

  test('takes no ack for a message that it did not send, nor twice', async () => {
    relay.lies = {
      send: (visitor, { message_id }) => {
        visitor.say('Ack', { message_id: randomUUID(), status: 'delivered' });
        visitor.say('Ack', { message_id, status: 'delivered' });
        visitor.say('Ack', { message_id, status: 'queued' });
      },
    };
    const { outbox } = await openOutbox();
    const all = ['a', 'b', 'c'].map((text) => outbox.send({ recipientId, data: bytesOf(text) }));
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(outbox.size).toBe(0);
  });

  test('sends to one recipient in order, though one is refused, and to another meanwhile', async () => {
    let refusals = 3;
    relay.lies = {
      send: (visitor, { message_id, encrypted_data }) => {
        if (encrypted_data === 'YQ==' && refusals > 0) {
          refusals -= 1;
          visitor.say('Error', { code: 503, message: 'Not now.', message_id });
        } else visitor.say('Ack', { message_id, status: 'queued' });
      },
    };
    const { outbox } = await openOutbox();
    const first = outbox.send({ recipientId, data: bytesOf('a') });
    const second = outbox.send({ recipientId: recipientId.toLowerCase(), data: bytesOf('b') });
    await outbox.send({ recipientId: freshHardwareId(), data: bytesOf('c') });
    expect(outbox.size).toBe(2);
    await Promise.all([first, second]);
    expect(relay.heardOf('Send').map(({ encrypted_data }) => encrypted_data)).toEqual([
      'YQ==',
      'Yw==',
      'YQ==',
      'YQ==',
      'YQ==',
      'Yg==',
    ]);
  });

  test('waits for as long as a 429 says', async () => {
    let refusals = 1;
    relay.lies = {
      send: (visitor, { message_id }) => {
        refusals -= 1;
        if (refusals >= 0) visitor.say('Error', { code: 429, message: 'Slower.', message_id, retry_after_ms: 400 });
        else visitor.say('Ack', { message_id, status: 'queued' });
      },
    };
    const { outbox } = await openOutbox();
    const paced: number[] = [];
    outbox.on('paced', ({ untilMs }) => paced.push(untilMs));
    const beganAtMs = Date.now();
    await outbox.send({ recipientId, data: bytesOf('a') });
    expect(Date.now() - beganAtMs).toBeGreaterThanOrEqual(395);
    expect(paced.length).toBeGreaterThan(0);
  });

  test.each([400, 404, 413, 507])('rejects what is refused with %i, and goes on', async (code) => {
    relay.lies = {
      send: (visitor, { message_id, encrypted_data }) => {
        if (encrypted_data === 'YQ==') visitor.say('Error', { code, message: 'No.', message_id });
        else visitor.say('Ack', { message_id, status: 'queued' });
      },
    };
    const { outbox } = await openOutbox();
    const first = outbox.send({ recipientId, data: bytesOf('a'), keep: true });
    const second = outbox.send({ recipientId, data: bytesOf('b'), keep: true });
    await expect(first).rejects.toMatchObject({ name: 'RelayError', code, message: 'No.' });
    await expect(second).resolves.toMatchObject({ status: 'queued' });
  });

  test('waits for a full queue when it is asked to', async () => {
    let refusals = 1;
    relay.lies = {
      send: (visitor, { message_id }) => {
        refusals -= 1;
        if (refusals >= 0) visitor.say('Error', { code: 507, message: 'Full.', message_id });
        else visitor.say('Ack', { message_id, status: 'queued' });
      },
    };
    const { outbox } = await openOutbox();
    await expect(outbox.send({ recipientId, data: bytesOf('a'), whenRefused: 'wait' })).resolves.toBeDefined();
    expect(relay.heardOf('Send')).toHaveLength(2);
  });

  test('gives up the message on whose account connections are closed', async () => {
    relay.lies = { send: (visitor) => visitor.close(1009) };
    const { outbox } = await openOutbox();
    await expect(outbox.send({ recipientId, data: bytesOf('a') })).rejects.toMatchObject({ code: 413 });
    expect(relay.heardOf('Send')).toHaveLength(2);
  });

  test('refuses what is too large before it sends it, and says how large it may be', async () => {
    relay.limits = { ...relay.limits, max_message_bytes: 100 };
    const { outbox } = await openOutbox();
    await expect(outbox.send({ recipientId, data: new Uint8Array(76) })).rejects.toThrow(
      'A message of 104 bytes is too large: the relay takes 100.',
    );
    await expect(outbox.send({ recipientId, data: new Uint8Array(75) })).resolves.toBeDefined();
  });

  test('gives up a message at its time, or when its signal says so', async () => {
    relay.lies = { send: () => {} };
    const { outbox, store } = await openOutbox();
    const late = outbox.send({ recipientId, data: bytesOf('a'), keep: true, untilMs: Date.now() + 100 });
    const giveUp = new AbortController();
    const aborted = outbox.send({ recipientId, data: bytesOf('b'), keep: true, signal: giveUp.signal });
    giveUp.abort(new Error('The user changed their mind'));
    await expect(aborted).rejects.toThrow('The user changed their mind');
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
    await eventually(async () => expect(await store.keys('outbox:')).toEqual([]));
    expect(outbox.size).toBe(0);
  });

  test('takes no more than its bounds', async () => {
    relay.lies = { send: () => {} };
    const { link } = await connectedLink(relay.url, hasty);
    const outbox = await Outbox.open({ link, mostMessages: 2, mostBytes: 10 });
    outboxes.push(outbox);
    const waiting = [outbox.send({ recipientId, data: new Uint8Array(5) })];
    await expect(outbox.send({ recipientId, data: new Uint8Array(6) })).rejects.toBeInstanceOf(OutboxFull);
    waiting.push(outbox.send({ recipientId, data: new Uint8Array(5) }));
    await expect(outbox.send({ recipientId, data: new Uint8Array(0) })).rejects.toThrow(
      '2 messages wait to be sent already',
    );
    await expect(outbox.send({ recipientId, data: new Uint8Array(0), keep: true })).rejects.toThrow();
    outbox.close();
    for (const each of waiting) await expect(each).rejects.toMatchObject({ code: 'closed' });
  });

  test('keeps a message, and what is written alongside, before it sends it; and sends nothing when that fails', async () => {
    const store = new MemoryStore();
    const { outbox } = await openOutbox({ store });
    const { kept, accepted } = outbox.post(
      { recipientId, data: bytesOf('a'), keep: true },
      new Map([['counter', Uint8Array.of(7)]]),
    );
    await kept;
    expect(await store.get('counter')).toEqual(Uint8Array.of(7));
    await accepted;
    await eventually(async () => expect(await store.keys('outbox:')).toEqual([]));
    store.write = async () => {
      throw new Error('The disk is full.');
    };
    const refused = outbox.post({ recipientId, data: bytesOf('b'), keep: true });
    await expect(refused.kept).rejects.toThrow('The disk is full.');
    await expect(refused.accepted).rejects.toThrow('The disk is full.');
    expect(relay.heardOf('Send')).toHaveLength(1);
    expect(outbox.size).toBe(0);
  });

  test('goes on after a restart with what it kept, in order, and loses nothing else to a damaged record', async () => {
    const store = new MemoryStore();
    relay.lies = { send: () => {} };
    const first = await openOutbox({ store });
    const messages = ['a', 'b', 'c'].map((text) => first.outbox.post({ recipientId, data: bytesOf(text), keep: true }));
    await Promise.all(messages.map(({ kept }) => kept));
    first.outbox.close();
    await first.link.stop();
    const [, second] = await store.keys('outbox:');
    await store.write(new Map([[second!, bytesOf('{"v":1')]]));
    relay.heard.length = 0;
    relay.lies = {};
    const { outbox } = await openOutbox({ store });
    expect(outbox.damaged).toBe(1);
    await eventually(() => expect(outbox.size).toBe(0));
    expect(relay.heardOf('Send').map(({ encrypted_data }) => encrypted_data)).toEqual(['YQ==', 'Yw==']);
  });
});

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

test('a RelayError never holds what was sent', async () => {
  relay.lies = { send: (visitor, { message_id }) => visitor.say('Error', { code: 400, message: 'No.', message_id }) };
  const { outbox } = await openOutbox();
  const error = await outbox.send({ recipientId, data: bytesOf('secret') }).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(RelayError);
  expect(JSON.stringify(error)).not.toContain('secret');
});
