import { describe, expect, test } from '@jest/globals';
import type { FolderEntry } from '../../src/transfers';
import { memorySource, patternBytes } from '../transfers-rig/memory-file';
import { acceptAll, carry, carryAll, transferNodes, turn } from '../transfers-rig/transfer-node';

async function offered(bytes: Uint8Array, size: 'known' | 'unknown' = 'known', name = 'holiday.jpg') {
  const nodes = transferNodes();
  const { sender, receiver } = nodes;
  sender.sources.set('there', bytes);
  const source = memorySource(bytes, size);
  const transfer = await sender.transfers.sendFile({ peerId: receiver.id, name, source, place: 'there' });
  await carryAll(sender, receiver);
  return { ...nodes, transfer };
}

describe('a file', () => {
  test.each([0, 1, 1_000, 1_826, 1_827, 50_000])('of %i bytes arrives whole', async (length) => {
    const bytes = patternBytes(length);
    const { sender, receiver, transfer } = await offered(bytes);
    await acceptAll(receiver);
    await carryAll(sender, receiver);
    expect(receiver.folder.finished.get('downloads/holiday.jpg')).toEqual(bytes);
    expect([...sender.finished(), ...receiver.finished()]).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }]);
    expect(await transfer.over).toMatchObject({ outcome: 'done' });
  });

  test('does not keep its device from closing while the relay is away, and goes on afterwards', async () => {
    const bytes = patternBytes(50_000);
    const { sender, receiver } = await offered(bytes);
    await acceptAll(receiver);
    sender.relay = 'is away';
    await carry(receiver, sender);
    await turn();
    expect(sender.outbox).toHaveLength(3);
    await sender.transfers.close();
    sender.relay = 'acks';
    await sender.kill();
    await carryAll(sender, receiver);
    expect(receiver.folder.finished.get('downloads/holiday.jpg')).toEqual(bytes);
  });

  test('may be a stream whose size nobody knows', async () => {
    const bytes = patternBytes(5_000);
    const { sender, receiver } = await offered(bytes, 'unknown');
    expect(receiver.offers()).toMatchObject([{ size: undefined }]);
    await acceptAll(receiver);
    await carryAll(sender, receiver);
    expect(receiver.folder.finished.get('downloads/holiday.jpg')).toEqual(bytes);
  });

  test('is not sent before it is accepted, nor faster than it is written', async () => {
    const { sender, receiver } = await offered(patternBytes(200_000));
    expect(sender.outbox).toEqual([]);
    await acceptAll(receiver);
    await carry(receiver, sender);
    for (let turns = 0; turns < 200; turns += 1) await turn();
    expect(sender.outbox).toHaveLength(32);
  });

  test('tells its progress on both sides', async () => {
    const { sender, receiver } = await offered(patternBytes(100_000));
    await acceptAll(receiver);
    await carryAll(sender, receiver);
    for (const node of [sender, receiver]) {
      const told = node.events.flatMap((event) => (event.name === 'progress' ? [event.bytes] : []));
      expect(told.length).toBeGreaterThan(2);
      expect(told).toEqual([...told].sort((one, other) => one - other));
      expect(told.at(-1)).toBe(100_000);
      if (node === sender) expect(told[0]).toBe(0);
    }
  });

  test('that is refused is not sent', async () => {
    const { sender, receiver } = await offered(patternBytes(10));
    await receiver.transfers.refuse(sender.id, receiver.offers()[0]!.id, 'not now');
    await carryAll(sender, receiver);
    expect(sender.finished()).toMatchObject([{ outcome: 'refused', sentence: 'not now' }]);
    await acceptAll(receiver);
    expect(receiver.outbox).toEqual([]);
  });

  test.each(['in', 'out'] as const)('can be cancelled from both sides while it is sent (%s)', async (direction) => {
    const { sender, receiver, transfer } = await offered(patternBytes(100_000));
    await acceptAll(receiver);
    await carry(receiver, sender);
    await turn();
    await carry(sender, receiver, 3);
    const [node, peer] = direction === 'in' ? [receiver, sender] : [sender, receiver];
    await node.transfers.cancel(direction, peer.id, transfer.id, 'changed my mind');
    await carryAll(sender, receiver);
    expect(sender.finished()).toMatchObject([{ outcome: 'cancelled', sentence: 'changed my mind' }]);
    expect(receiver.finished()).toMatchObject([{ outcome: 'cancelled', sentence: 'changed my mind' }]);
    expect([...receiver.folder.partial.keys(), ...receiver.folder.finished.keys()]).toEqual([]);
  });

  test('that changes while it is sent is not taken for whole', async () => {
    const bytes = patternBytes(100_000);
    const { sender, receiver } = await offered(bytes);
    await acceptAll(receiver);
    await carry(receiver, sender);
    await turn();
    await carry(sender, receiver);
    const changed = bytes.slice();
    changed[0]! ^= 1;
    sender.sources.set('there', changed);
    await sender.kill();
    await carryAll(sender, receiver);
    expect(receiver.finished()).toMatchObject([{ outcome: 'failed', sentence: expect.stringContaining('damaged') }]);
    expect(sender.finished()).toMatchObject([{ outcome: 'failed', sentence: expect.stringContaining('damaged') }]);
    expect(receiver.folder.finished.size).toBe(0);
  });

  test('for which there is no room ends with a sentence on both sides, and leaves nothing behind', async () => {
    const { sender, receiver } = await offered(patternBytes(100_000));
    await acceptAll(receiver);
    await carry(receiver, sender);
    await turn();
    await carry(sender, receiver, 2);
    receiver.folder.full = true;
    await carryAll(sender, receiver);
    expect(receiver.finished()).toMatchObject([
      { outcome: 'failed', sentence: expect.stringContaining('disk is full') },
    ]);
    expect(sender.finished()).toMatchObject([
      { outcome: 'cancelled', sentence: expect.stringContaining('can’t write') },
    ]);
    expect(receiver.folder.partial.size).toBe(0);
  });

  test('whose source is gone after a restart ends with a sentence', async () => {
    const { sender, receiver } = await offered(patternBytes(10));
    sender.sources.clear();
    await sender.kill();
    await acceptAll(receiver);
    await carryAll(sender, receiver);
    expect(sender.finished()).toMatchObject([
      { outcome: 'failed', sentence: expect.stringContaining('not there any more') },
    ]);
    expect(receiver.finished()).toMatchObject([{ outcome: 'cancelled' }]);
  });

  test('has a name that is safe, whatever the sender calls it', async () => {
    const { receiver } = await offered(patternBytes(1), 'known', '../../etc/passwd');
    expect(receiver.offers()[0]!.name).toBe('__.._etc_passwd');
  });

  test('that the receiver forgot is given up', async () => {
    const { sender, receiver } = await offered(patternBytes(10_000));
    receiver.outbox.push({ head: { t: 'accept', id: receiver.offers()[0]!.id, have: 0 }, body: new Uint8Array(0) });
    const other = transferNodes().receiver;
    await carry(receiver, sender);
    await turn();
    await carryAll(sender, other);
    expect(sender.finished()).toMatchObject([
      { outcome: 'cancelled', sentence: expect.stringContaining('no longer knows') },
    ]);
  });
});

describe('a folder', () => {
  const files: Record<string, Uint8Array> = {
    'a.txt': patternBytes(10),
    'deep/er/b.bin': patternBytes(9_000),
    empty: new Uint8Array(0),
  };

  async function offeredFolder(paths: Record<string, string> = {}) {
    const nodes = transferNodes();
    const entries = Object.entries(files).map(([path, bytes]): FolderEntry => {
      return { path: paths[path] ?? path, size: bytes.length, open: async () => memorySource(bytes) };
    });
    nodes.sender.entries.set('there', entries);
    await nodes.sender.transfers.sendFolder({ peerId: nodes.receiver.id, name: 'things', entries, place: 'there' });
    await carryAll(nodes.sender, nodes.receiver);
    return nodes;
  }

  test('is one question, and arrives with all that is in it', async () => {
    const { sender, receiver } = await offeredFolder();
    expect(receiver.offers()).toMatchObject([{ name: 'things', entries: 3, size: 9_010 }]);
    await acceptAll(receiver, 'downloads/things');
    await carryAll(sender, receiver);
    const arrived = [...receiver.folder.finished].map(([path, bytes]) => [
      path.replace('downloads/things/', ''),
      bytes,
    ]);
    expect(Object.fromEntries(arrived)).toEqual(files);
    expect([...sender.finished(), ...receiver.finished()]).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }]);
  });

  test('arrives with the empty folders in it', async () => {
    const { sender, receiver } = transferNodes();
    const entries: FolderEntry[] = [
      { what: 'empty-folder', path: 'deep/nothing', size: 0 },
      { path: 'a.txt', size: 1, open: async () => memorySource(patternBytes(1)) },
    ];
    await sender.transfers.sendFolder({ peerId: receiver.id, name: 'things', entries });
    await carryAll(sender, receiver);
    expect(receiver.offers()).toMatchObject([{ entries: 2, size: 1 }]);
    await acceptAll(receiver, 'downloads/things');
    await carryAll(sender, receiver);
    expect([...receiver.folder.folders]).toEqual(['downloads/things/deep/nothing']);
    expect([...receiver.folder.finished.keys()]).toEqual(['downloads/things/a.txt']);
    expect(sender.finished()).toMatchObject([{ outcome: 'done' }]);
  });

  test('takes no bytes for an empty folder, nor a folder of files in itself', async () => {
    const { sender, receiver } = await offeredFolder();
    await acceptAll(receiver);
    receiver.outbox.splice(0);
    const offer = { t: 'offer', name: 'x', chunk: 100, group: 'id-1', path: 'x' };
    await receiver.transfers.handle(sender.id, { ...offer, id: 'nested', entries: 3 }, new Uint8Array(0));
    await receiver.transfers.handle(sender.id, { ...offer, id: 'empty', entries: 0, size: 5 }, new Uint8Array(0));
    await receiver.transfers.handle(sender.id, { t: 'chunk', id: 'empty', i: 0 }, new Uint8Array(5));
    expect(receiver.outbox.map(({ head }) => head.t)).toEqual(['refuse', 'accept', 'cancel']);
  });

  test('does not send again what has arrived when its sender was restarted', async () => {
    const { sender, receiver } = await offeredFolder();
    await acceptAll(receiver);
    while (receiver.folder.finished.size < 1) {
      await carry(receiver, sender, 1);
      await turn();
      await carry(sender, receiver, 1);
    }
    await sender.kill();
    await carryAll(sender, receiver);
    expect(receiver.folder.finished.size).toBe(3);
    expect(sender.finished()).toMatchObject([{ outcome: 'done' }]);
  });

  test.each(['../out', '/abs', 'a/../../b', 'a//b', 'C:/x', 'a\\b'])(
    'does not lead out of itself: %s',
    async (path) => {
      const { sender, receiver } = await offeredFolder({ 'a.txt': path });
      await acceptAll(receiver);
      await carryAll(sender, receiver);
      expect(sender.finished()).toMatchObject([{ outcome: 'failed' }]);
      expect(receiver.folder.finished.size).toBe(0);
    },
  );

  test('that is cancelled ends the file that is under way', async () => {
    const { sender, receiver } = await offeredFolder();
    await acceptAll(receiver);
    const { id } = receiver.offers()[0]!;
    await receiver.transfers.cancel('in', sender.id, id, 'enough');
    await carryAll(sender, receiver);
    expect(sender.finished()).toMatchObject([{ outcome: 'cancelled', sentence: 'enough' }]);
    expect(await receiver.transfers.incomingList()).toEqual([]);
  });
});
