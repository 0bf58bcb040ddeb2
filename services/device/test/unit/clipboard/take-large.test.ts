import { expect, test } from '@jest/globals';
import type { IncomingRecord, Peer } from '@openrelay/client';
import { type ClipSharing, withEverybody, withNobody } from '../../../src/clipboard/sync/clip-sharing';
import { TakeLarge } from '../../../src/clipboard/sync/take-large';

const peerId = 'A'.repeat(64);
const record = (id: string) =>
  ({ peerId, id, mime: 'text/plain', size: 5, clip: { at: 1, from: peerId }, next: 0 }) as IncomingRecord;

function taking(sharing: () => ClipSharing) {
  const [set, said]: [unknown[], string[]] = [[], []];
  const transfers = {
    accept: async () => void said.push('accept'),
    refuse: async () => void said.push('refuse'),
    cancel: async () => void said.push('cancel'),
  };
  const device = { peers: { get: () => ({ id: peerId }) as Peer }, transfers } as never;
  const large = new TakeLarge({
    device,
    sharing: async () => sharing(),
    isWanted: () => true,
    arrived: (_, content) => set.push(content),
  });
  return { large, set, said };
}

const whole = new TextEncoder().encode('words');

test('a large clip that was accepted is set when it is whole', async () => {
  const { large, set, said } = taking(() => withEverybody);
  await large.offered(record('one'));
  const sink = await large.sink(record('one'));
  await sink.write(0, whole);
  await sink.finish();
  expect({ said, set }).toEqual({ said: ['accept'], set: [{ is: 'text', text: 'words' }] });
});

test('one that nobody was asked about has no place, however a peer brought it', async () => {
  const { large, set } = taking(() => withNobody);
  await large.offered(record('refused'));
  await expect(large.sink(record('refused'))).rejects.toThrow('copy it again');
  await expect(large.sink(record('unasked'))).rejects.toThrow('copy it again');
  await (await large.sink({ ...record('unasked'), leftover: 'yes' })).discard();
  expect(set).toEqual([]);
});

test('one whose device the user has shut out since is not set', async () => {
  let sharing = withEverybody;
  const { large, set } = taking(() => sharing);
  await large.offered(record('late'));
  const sink = await large.sink(record('late'));
  await sink.write(0, whole);
  sharing = withNobody;
  await sink.finish();
  expect(set).toEqual([]);
});
