import { describe, expect, test } from '@jest/globals';
import {
  MemoryStore,
  maxPeers,
  mayIntroduceOncePaired,
  type Peer,
  Peers,
  PeersFull,
  shownName,
  utf8,
} from '../../../src/index';

function peerOf(number: number, changes: Partial<Peer> = {}): Peer {
  return {
    id: `${number}`.padStart(64, 'A'),
    name: `Device ${number}`,
    signing: new Uint8Array(32).fill(number),
    agreement: new Uint8Array(32).fill(number + 1),
    since: number,
    kind: 'paired',
    mayIntroduce: true,
    ...changes,
  };
}

describe('peers', () => {
  test('are there again after a restart, oldest first, whatever the case of the id', async () => {
    const store = new MemoryStore();
    const peers = await Peers.open(store);
    await peers.add(peerOf(2, { kind: 'introduced', introducedBy: peerOf(1).id, mayIntroduce: false, alias: 'mine' }));
    await peers.add(peerOf(1));
    await peers.add(peerOf(3, { id: 'AB'.repeat(16), kind: 'legacy' }));
    const again = await Peers.open(store);
    expect(again.list()).toEqual(peers.list());
    expect(again.list().map((peer) => peer.since)).toEqual([1, 2, 3]);
    expect(again.get(peerOf(2).id.toLowerCase())).toEqual(peers.get(peerOf(2).id));
    expect(shownName(again.get(peerOf(2).id)!)).toBe('mine');
  });

  test('keep the alias that their user gave them when their keys are replaced', async () => {
    const peers = await Peers.open(new MemoryStore());
    await peers.add(peerOf(1));
    await peers.rename(peerOf(1).id, 'Kitchen');
    await peers.add(peerOf(1, { name: 'New name', signing: new Uint8Array(32) }));
    expect(peers.get(peerOf(1).id)).toMatchObject({ name: 'New name', alias: 'Kitchen', signing: new Uint8Array(32) });
    await peers.rename(peerOf(1).id, undefined);
    expect(shownName(peers.get(peerOf(1).id)!)).toBe('New name');
    await expect(peers.rename(peerOf(1).id, 'two\nlines')).rejects.toThrow(RangeError);
    expect(await peers.rename(peerOf(9).id, 'nobody')).toBeUndefined();
  });

  test('are forgotten for good, together with what belongs to them', async () => {
    const store = new MemoryStore();
    await store.write(new Map([['session', utf8('keys')]]));
    const peers = await Peers.open(store);
    await peers.add(peerOf(1));
    expect(await peers.forget(peerOf(1).id, new Map([['session', undefined]]))).toBe('forgotten');
    expect(await peers.forget(peerOf(1).id)).toBe('unknown');
    expect(await store.keys('')).toEqual([]);
  });

  test('tell of every change, until nobody wants to hear of it', async () => {
    const peers = await Peers.open(new MemoryStore());
    let changes = 0;
    const stop = peers.onChange(() => {
      changes += 1;
    });
    await peers.add(peerOf(1));
    await peers.rename(peerOf(1).id, 'Kitchen');
    await peers.forget(peerOf(1).id);
    await peers.forget(peerOf(1).id);
    stop();
    await peers.add(peerOf(2));
    expect(changes).toBe(3);
  });

  test('may introduce others or not, as the user says', async () => {
    const store = new MemoryStore();
    const peers = await Peers.open(store);
    await peers.add(peerOf(1, { alias: 'mine' }));
    await peers.letIntroduce(peerOf(1).id.toLowerCase(), 'no');
    expect((await Peers.open(store)).list()).toMatchObject([{ alias: 'mine', mayIntroduce: false }]);
    expect(await peers.letIntroduce(peerOf(2).id, 'yes')).toBeUndefined();
  });

  test('that were introduced may introduce others once they are paired; whom the user forbade it may not', () => {
    expect(mayIntroduceOncePaired(undefined)).toBe(true);
    expect(mayIntroduceOncePaired(peerOf(1, { kind: 'introduced', mayIntroduce: false }))).toBe(true);
    expect(mayIntroduceOncePaired(peerOf(1, { mayIntroduce: false }))).toBe(false);
  });

  test('that are changed at once lose no change', async () => {
    const peers = await Peers.open(new MemoryStore());
    await peers.add(peerOf(1));
    await Promise.all([
      peers.rename(peerOf(1).id, 'Kitchen'),
      peers.add(peerOf(1, { name: 'New name' })),
      peers.add(peerOf(2)),
      peers.forget(peerOf(2).id),
    ]);
    expect(peers.list()).toMatchObject([{ name: 'New name', alias: 'Kitchen' }]);
  });

  test('stay as they are when the store can’t write', async () => {
    const store = new MemoryStore();
    const peers = await Peers.open(store);
    await peers.add(peerOf(1));
    store.write = async () => {
      throw new Error('The disk is full.');
    };
    await expect(peers.add(peerOf(2))).rejects.toThrow('full');
    await expect(peers.forget(peerOf(1).id)).rejects.toThrow('full');
    expect(peers.list()).toHaveLength(1);
  });

  test('whose record is damaged are strangers, and told of', async () => {
    const store = new MemoryStore();
    await (await Peers.open(store)).add(peerOf(1));
    const [key] = await store.keys('peer:');
    await store.write(
      new Map([
        ['peer:aa', utf8('{')],
        [key!.replace(/1$/, '3'), (await store.get(key!))!],
      ]),
    );
    const peers = await Peers.open(store);
    expect(peers.list()).toHaveLength(1);
    expect(peers.damagedKeys).toHaveLength(2);
  });

  test('are no more than the relay lists', async () => {
    const peers = await Peers.open(new MemoryStore());
    for (let number = 0; number < maxPeers; number += 1) await peers.add(peerOf(number));
    await expect(peers.add(peerOf(maxPeers))).rejects.toThrow(PeersFull);
    await peers.add(peerOf(1, { name: 'paired again' }));
    expect(peers.list()).toHaveLength(maxPeers);
  });
});
