import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { MemoryStore, Outbox, OutboxFull, RelayError, type Store } from '../../src/index';
import { LyingRelay } from '../lying-relay';
import { bytesOf, connectedLink, stopLinks } from '../rig';

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

test('a RelayError never holds what was sent', async () => {
  relay.lies = { send: (visitor, { message_id }) => visitor.say('Error', { code: 400, message: 'No.', message_id }) };
  const { outbox } = await openOutbox();
  const error = await outbox.send({ recipientId, data: bytesOf('secret') }).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(RelayError);
  expect(JSON.stringify(error)).not.toContain('secret');
});
