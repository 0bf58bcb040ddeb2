import { describe, expect, test } from '@jest/globals';
import { memorySource, patternBytes } from '../transfers-rig/memory-file';
import { acceptAll, carry, carryAll, transferNodes, turn } from '../transfers-rig/transfer-node';

const big = patternBytes(100_000);

async function halfWay(of: 'file' | 'folder') {
  const nodes = transferNodes();
  const { sender, receiver } = nodes;
  const peerId = receiver.id;
  const source = memorySource(big);
  sender.sources.set('there', big);
  if (of === 'file') await sender.transfers.sendFile({ peerId, name: 'big', source, place: 'there' });
  else {
    const entries = [{ path: 'deep/big', size: big.length, open: async () => source }];
    sender.entries.set('there', entries);
    await sender.transfers.sendFolder({ peerId, name: 'things', entries, place: 'there' });
  }
  await carryAll(sender, receiver);
  await acceptAll(receiver);
  while (receiver.folder.partial.size === 0) {
    await carry(receiver, sender, 1);
    await turn();
    await carry(sender, receiver, 1);
  }
  return nodes;
}

describe.each(['file', 'folder'] as const)('of a %s that is given up half way', (of) => {
  test.each([0, 1, 2, 3, 4, 5, 6])('nothing is left where the process ends after %i writes', async (writes) => {
    const { sender, receiver } = await halfWay(of);
    const { id } = receiver.offers()[0]!;
    receiver.dieAfterWrites(writes);
    await receiver.transfers.handle(sender.id, { t: 'cancel', id, why: 'enough' }, new Uint8Array(0)).catch(() => {});
    await receiver.kill();
    await receiver.transfers.handle(sender.id, { t: 'cancel', id, why: 'enough' }, new Uint8Array(0));
    expect([...receiver.folder.partial.keys()]).toEqual([]);
    expect(await receiver.transfers.incomingList()).toEqual([]);
    expect((await receiver.store.keys('transfer:in:')).length).toBe(1);
  });

  test('nothing is left when its peer is forgotten, on either side', async () => {
    const { sender, receiver } = await halfWay(of);
    await receiver.transfers.forget(sender.id);
    await sender.transfers.forget(receiver.id);
    expect([...receiver.folder.partial.keys()]).toEqual([]);
    expect(await receiver.store.keys('transfer:')).toEqual([]);
    expect(await sender.store.keys('transfer:')).toEqual([]);
    expect(sender.finished()).toMatchObject([{ outcome: 'cancelled', sentence: expect.stringContaining('forgotten') }]);
    sender.outbox.splice(0);
    await turn();
    expect(sender.outbox).toEqual([]);
  });
});
