import { describe, expect, test } from '@jest/globals';
import { agreementKeyOf, randomBytes } from '../../src/crypto';
import { sealedOutboxOn } from '../../src/device/layer-ports';
import { MemoryStore, Outbox, RelayLink, type SessionEvent, Sessions } from '../../src/index';
import { carry, largerId, pair, pairedNodes, smallerId, thirdId } from '../sessions-rig/session-node';

describe('two devices that pair again', () => {
  test('send nothing that is sealed under the former keys, and say how much that is', async () => {
    const { one, other } = await pairedNodes();
    for (const text of ['first', 'second']) await one.say(other.id, text);
    await pair(one, other);
    expect(await one.takePosts()).toEqual([]);
    expect(one.events).toMatchObject([{ name: 'unsent', peerId: other.id, count: 2 }]);
    expect(one.outbox.rejected).toMatchObject([{ code: 'paired-again' }, { code: 'paired-again' }]);
    await one.say(other.id, 'third');
    await carry(one, other);
    expect(other.read).toEqual(['third']);
    expect(other.events).toEqual([]);
  });

  test('are told nothing of what sessions and transfers say by themselves', async () => {
    const { one, other } = await pairedNodes();
    const message = { head: { t: 'offer' }, body: new Uint8Array(0), ttlSeconds: 60 };
    const messageId = 'e0000000-0000-4000-8000-000000000001';
    await one.sessions.post(other.id, { ...message, kind: 'transfer', messageId });
    await pair(one, other);
    expect(await one.takePosts()).toEqual([]);
    expect(one.events).toEqual([]);
  });

  test('keep what waits where the store can’t write the new keys', async () => {
    const { one, other } = await pairedNodes();
    await one.say(other.id, 'text');
    one.failNextWrite('before');
    const begun = one.sessions.begin({
      peerId: other.id,
      theirs: await other.publicKey(),
      root: new Uint8Array(32).fill(7),
    });
    await expect(begun).rejects.toThrow('the disk is full');
    await carry(one, other);
    expect(other.read).toEqual(['text']);
    expect(one.events).toEqual([]);
  });
});

test('what waits for a device that is forgotten is not sent', async () => {
  const { one, other } = await pairedNodes();
  await one.say(other.id, 'text');
  await one.sessions.forget(other.id);
  expect(await one.takePosts()).toEqual([]);
  expect(one.outbox.rejected).toMatchObject([{ code: 'not-paired' }]);
});

describe('an outbox of which a session takes messages back', () => {
  async function offline() {
    const store = new MemoryStore();
    const link = new RelayLink({ url: 'ws://127.0.0.1:1/relay', hardwareId: smallerId });
    const events: SessionEvent[] = [];
    const outbox = await Outbox.open({ link, store });
    let ids = 0;
    const sessions = new Sessions({
      identity: { id: smallerId, agreement: await agreementKeyOf(randomBytes(32)) },
      store,
      outbox: sealedOutboxOn(outbox),
      frames: { update: () => {}, answer: () => {} },
      emit: (event) => events.push(event),
      random: randomBytes,
      newMessageId: () => `e0000000-0000-4000-8000-00000000000${++ids}`,
      now: Date.now,
    });
    const theirs = (await agreementKeyOf(randomBytes(32))).publicKey;
    const begin = (peerId: string) => sessions.begin({ peerId, theirs, root: randomBytes(32) });
    /** Resolves when it is kept. */
    const post = async (peerId: string, number: number): Promise<{ readonly outcome: Promise<unknown> }> => {
      const messageId = `e0000000-0000-4000-8000-10000000000${number}`;
      const content = { kind: 'message', head: { t: 'text' }, body: new Uint8Array(3) } as const;
      const { accepted } = await sessions.post(peerId, { ...content, messageId, ttlSeconds: 60 });
      return { outcome: accepted.catch((error: unknown) => error) };
    };
    return { store, outbox, sessions, events, begin, post };
  }

  test('rejects these alone, and has them no more after a restart', async () => {
    const { store, outbox, events, begin, post } = await offline();
    await begin(largerId);
    await begin(thirdId);
    const [first, second] = [await post(largerId, 1), await post(largerId, 2)];
    await post(thirdId, 3);
    await begin(largerId);
    for (const { outcome } of [first, second]) {
      expect(await outcome).toMatchObject({ name: 'SessionError', code: 'paired-again' });
    }
    expect(events).toMatchObject([{ name: 'unsent', count: 2 }]);
    expect(outbox.size).toBe(1);
    expect(await store.keys('outbox:')).toHaveLength(1);
    outbox.close();
    const link = new RelayLink({ url: 'ws://127.0.0.1:1/relay', hardwareId: smallerId });
    const next = await Outbox.open({ link, store });
    expect(next.size).toBe(1);
    next.close();
  });

  test('lets them go on where the store can’t write', async () => {
    const { store, outbox, events, begin, post } = await offline();
    await begin(largerId);
    await post(largerId, 1);
    const write = store.write.bind(store);
    store.write = async () => Promise.reject(new Error('the disk is full'));
    await expect(begin(largerId)).rejects.toThrow('the disk is full');
    store.write = write;
    expect(outbox.size).toBe(1);
    expect(events).toEqual([]);
    await begin(largerId);
    expect(outbox.size).toBe(0);
    outbox.close();
  });
});
