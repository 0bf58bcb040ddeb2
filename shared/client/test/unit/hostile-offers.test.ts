import { describe, expect, test } from '@jest/globals';
import type { Head } from '../../src/sessions/content';
import { acceptAll, type TransferNode, transferNodes } from '../transfers-rig/transfer-node';

const noBytes = new Uint8Array(0);
const dayMs = 24 * 60 * 60_000;

function offer(id: string, changed: Partial<Head> = {}): Head {
  return { t: 'offer', id, name: 'file', size: 10, chunk: 100, ...changed };
}

async function receive(receiver: TransferNode, peer: TransferNode, ...heads: Head[]): Promise<void> {
  for (const head of heads) await receiver.transfers.handle(peer.id, head, noBytes);
}

function refusals(receiver: TransferNode): string[] {
  return receiver.outbox.splice(0).flatMap(({ head }) => (head.t === 'refuse' ? [head.why] : []));
}

async function kept(receiver: TransferNode): Promise<number> {
  return (await receiver.store.keys('transfer:in:')).length;
}

const many = (count: number): string[] => Array.from({ length: count }, (_, number) => `id-${number}`);

test.each(['.ssh', '.bash_profile', '...rc'])(
  'a peer that offers %s makes nothing hidden where files go',
  async (name) => {
    const { sender, receiver } = transferNodes();
    await receive(receiver, sender, offer('file', { name }), offer('folder', { name, entries: 1 }));
    for (const offered of receiver.offers()) expect(offered.name).toMatch(/^_[^.]/);
    expect(receiver.offers()).toHaveLength(2);
  },
);

test('a peer whose folder was accepted brings nothing for the clipboard by it', async () => {
  const { sender, receiver } = transferNodes();
  const clip = { at: 1, from: sender.id };
  await receive(receiver, sender, offer('folder', { entries: 2 }));
  await receiver.transfers.accept(sender.id, 'folder', 'place');
  receiver.outbox.splice(0);
  await receive(
    receiver,
    sender,
    offer('clip', { group: 'folder', path: 'a', clip }),
    offer('whole', { entries: 1, clip }),
  );
  expect(refusals(receiver)).toHaveLength(2);
  expect(receiver.offers()).toHaveLength(1);
});

describe('a peer that offers without end', () => {
  test('has 200 offers open at once; the next is refused with a sentence, until one is over', async () => {
    const { sender, receiver } = transferNodes();
    await receive(receiver, sender, ...many(200).map((id) => offer(id)));
    expect(refusals(receiver)).toEqual([]);
    await receive(receiver, sender, offer('one-more'));
    expect(refusals(receiver)).toEqual([
      '200 transfers of this device wait here already: end some, and offer it again.',
    ]);
    expect(receiver.offers()).toHaveLength(200);
    await receiver.transfers.cancel('in', sender.id, 'id-0', '');
    await receive(receiver, sender, offer('one-more'));
    expect(refusals(receiver)).toEqual([]);
  });

  test('takes nothing from what another peer may', async () => {
    const { sender, receiver } = transferNodes();
    const { receiver: third } = transferNodes();
    await receive(receiver, sender, ...many(201).map((id) => offer(id)));
    receiver.outbox.splice(0);
    await receiver.transfers.handle(third.id.replaceAll('B', 'C'), offer('id-0'), noBytes);
    expect(refusals(receiver)).toEqual([]);
  });

  test('and cancels each leaves no more than 300 records, the latest, also after a restart', async () => {
    const { sender, receiver, clock } = transferNodes();
    for (const [number, id] of many(700).entries()) {
      clock.now += 1;
      await receive(receiver, sender, offer(id), { t: 'cancel', id, why: '' });
      if (number === 350) await receiver.kill();
    }
    expect(await kept(receiver)).toBe(300);
    await receive(receiver, sender, offer('id-699'));
    expect(receiver.outbox.splice(0)).toMatchObject([{ head: { t: 'cancel', id: 'id-699' } }]);
  });

  test('makes each offer cost the same, however many there were', async () => {
    const { sender, receiver } = transferNodes();
    const readsOf = async (ids: string[]): Promise<number> => {
      const before = receiver.reads;
      for (const id of ids) await receive(receiver, sender, offer(id), { t: 'cancel', id, why: '' });
      return receiver.reads - before;
    };
    await readsOf(many(1));
    const few = await readsOf(many(100).map((id) => `few-${id}`));
    await readsOf(many(200));
    expect(await readsOf(many(100).map((id) => `late-${id}`))).toBe(few);
  });

  test('is forgotten as any other: what is over is gone after eight days', async () => {
    const { sender, receiver, clock } = transferNodes();
    await receive(receiver, sender, offer('id-0'), offer('id-1'), { t: 'cancel', id: 'id-1', why: '' });
    clock.now += 9 * dayMs;
    await receiver.transfers.tick();
    expect(await kept(receiver)).toBe(1);
  });
});

describe('a folder that was accepted', () => {
  test('takes as many files as it said, and no more', async () => {
    const { sender, receiver } = transferNodes();
    await receive(receiver, sender, offer('folder', { entries: 3, size: 30 }));
    await acceptAll(receiver);
    receiver.outbox.splice(0);
    const file = (number: number): Head => offer(`file-${number}`, { group: 'folder', path: `${number}.txt` });
    await receive(receiver, sender, file(0), file(1), file(2), file(3));
    expect(refusals(receiver)).toEqual(['The folder was said to have 3 files.']);
  });

  test('leaves no record of its files when it is over, however it ended', async () => {
    const { sender, receiver } = transferNodes();
    for (const end of [
      { t: 'end', id: 'folder', sha256: '0'.repeat(64), size: 0 },
      { t: 'cancel', id: 'folder', why: '' },
    ]) {
      const { receiver: node } = transferNodes();
      await receive(node, sender, offer('folder', { entries: 2, size: 0 }));
      await acceptAll(node);
      await receive(node, sender, offer('file', { group: 'folder', path: 'a.txt' }), end);
      expect(await kept(node)).toBe(1);
    }
    expect(await kept(receiver)).toBe(0);
  });

  test('and others of the same peer have 20,000 files at once', async () => {
    const { sender, receiver } = transferNodes();
    await receive(receiver, sender, ...many(3).map((id) => offer(id, { entries: 10_000, size: 0 })));
    await acceptAll(receiver);
    receiver.outbox.splice(0);
    for (let number = 0; number < 20_000; number += 1) {
      const group = `id-${number % 3}`;
      await receive(receiver, sender, offer(`f-${number}`, { size: 0, group, path: `${number}` }));
    }
    expect(refusals(receiver)).toEqual([]);
    await receive(receiver, sender, offer('beyond', { size: 0, group: 'id-0', path: 'beyond' }));
    expect(refusals(receiver)).toEqual([expect.stringContaining('20000 files')]);
  });
});
