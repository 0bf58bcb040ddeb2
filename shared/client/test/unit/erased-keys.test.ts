import { expect, test } from '@jest/globals';
import { MemoryStore, randomBytes } from '../../src/index';
import { SessionMemory } from '../../src/sessions/session-memory';
import { type Epoch, firstState, newEpoch, type SessionState } from '../../src/sessions/session-state';

const [ownId, peerId] = ['1A'.repeat(32), 'B2'.repeat(32)];

function held(): { memory: SessionMemory; first: SessionState; write: MemoryStore['write'] } {
  const store = new MemoryStore();
  const first = firstState({ ownId, peerId, theirs: randomBytes(32), root: randomBytes(32), now: 0 });
  return { memory: new SessionMemory(store, ownId), first, write: (changes) => store.write(changes) };
}

/** Whether all of its keys are overwritten. */
function isErased({ root, sendKey, receiveKey }: Epoch): boolean {
  return [root!, sendKey, receiveKey].every((secret) => secret.every((byte) => byte === 0));
}

test('keys that a session has no more are overwritten in memory, once the store has forgotten them', async () => {
  const { memory, first, write } = held();
  await memory.save(undefined, first, write);
  const second = { ...first, epochs: [newEpoch(first, 2n, randomBytes(32), 0)], sendKeyId: 2n };
  const fullDisk = async (): Promise<never> => Promise.reject(new Error('no room'));
  await expect(memory.save(first, second, fullDisk)).rejects.toThrow('no room');
  expect(isErased(first.epochs[0]!)).toBe(false);
  await memory.save(first, second, write);
  expect([first, second].map(({ epochs }) => isErased(epochs[0]!))).toEqual([true, false]);
});

test.each(['forgotten', 'paired again'] as const)(
  'keys of a device that is %s are overwritten in memory',
  async (why) => {
    const { memory, first, write } = held();
    await memory.save(undefined, first, write);
    const { first: anew } = held();
    await (why === 'forgotten' ? memory.forget(peerId, write) : memory.replace(anew, write));
    expect([first, anew].map(({ epochs }) => isErased(epochs[0]!))).toEqual([true, false]);
  },
);
