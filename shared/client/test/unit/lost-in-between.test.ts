import { describe, expect, test } from '@jest/globals';
import type { FolderEntry } from '../../src/transfers';
import { memorySource, patternBytes } from '../transfers-rig/memory-file';
import { acceptAll, carry, carryAll, type TransferNode, transferNodes, turn } from '../transfers-rig/transfer-node';

const hourMs = 60 * 60_000;
const bytes = patternBytes(60_000);

async function sending(what: 'file' | 'folder') {
  const nodes = transferNodes();
  const { sender, receiver } = nodes;
  const peerId = receiver.id;
  const source = memorySource(bytes);
  const entries: FolderEntry[] = ['a', 'b'].map((path) => ({ path, size: bytes.length, open: async () => source }));
  if (what === 'file') await sender.transfers.sendFile({ peerId, name: 'file', source });
  else await sender.transfers.sendFolder({ peerId, name: 'folder', entries });
  return nodes;
}

function drop(...nodes: TransferNode[]): void {
  for (const node of nodes) node.outbox.splice(0);
}

async function waits(hours: number, clock: { now: number }, ...nodes: TransferNode[]): Promise<void> {
  for (let passed = 0; passed < hours; passed += 1) {
    clock.now += hourMs;
    for (const node of nodes) await node.transfers.tick();
  }
}

describe.each(['file', 'folder'] as const)('a %s', (what) => {
  test('goes on at once where the two paired again, and what was under way is lost', async () => {
    const { sender, receiver } = await sending(what);
    await carryAll(sender, receiver);
    await acceptAll(receiver);
    await carry(receiver, sender);
    await turn();
    await carry(sender, receiver, 5);
    await turn();
    drop(sender, receiver);
    await sender.transfers.offerAgain(receiver.id);
    await carryAll(sender, receiver);
    expect(sender.finished()).toMatchObject([{ outcome: 'done' }]);
  });

  test('whose offer is lost is offered again', async () => {
    const { sender, receiver, clock } = await sending(what);
    drop(sender);
    await waits(8, clock, sender, receiver);
    await carryAll(sender, receiver);
    await acceptAll(receiver);
    await carryAll(sender, receiver);
    expect(sender.finished()).toMatchObject([{ outcome: 'done' }]);
  });

  test.each(['end', 'done'] as const)('of which the last %s is lost ends all the same', async (lost) => {
    const { sender, receiver, clock } = await sending(what);
    await carryAll(sender, receiver);
    await acceptAll(receiver);
    const { id } = receiver.offers()[0]!;
    for (let found = false; !found; ) {
      await turn();
      await carry(receiver, sender, 1);
      const from = lost === 'end' ? sender : receiver;
      const at = from.outbox.findIndex(({ head }) => head.t === lost && head.id === id);
      found = at >= 0;
      if (found) from.outbox.splice(at, 1);
      await carry(sender, receiver, 1);
      if (lost === 'done' && receiver.outbox.some(({ head }) => head.t === lost && head.id === id)) {
        drop(receiver);
        found = true;
      }
    }
    await carryAll(sender, receiver);
    expect(sender.finished()).toEqual([]);
    await waits(8, clock, sender, receiver);
    await carryAll(sender, receiver);
    expect(sender.finished()).toMatchObject([{ outcome: 'done' }]);
    expect(receiver.finished()).toMatchObject([{ outcome: 'done' }]);
  });
});
