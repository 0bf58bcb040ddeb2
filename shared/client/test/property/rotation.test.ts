import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toBase64 } from '../../src/crypto';
import { SessionMemory } from '../../src/sessions/session-memory';
import type { SessionState } from '../../src/sessions/session-state';
import type { SessionNode } from '../sessions-rig/session-node';
import { type Step, TwoDevicesWorld } from '../sessions-rig/two-devices-world';

const who = fc.constantFrom<0 | 1>(0, 1);
const most = fc.integer({ min: 1, max: 5 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('say' as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('flush' as const), who, most }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('read' as const), who, most, acks: fc.constantFrom('heard', 'lost') }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('frame' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('rotate' as const, 'lose-frame' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'return' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('fail' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('replay' as const, 'repeat-frame' as const), who, which: fc.nat(50) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(0.1, 24, 24 * 8, 24 * 21) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      who,
      afterWrites: fc.integer({ min: 0, max: 3 }),
      when: fc.constantFrom('before', 'after'),
    }),
  },
);

async function stateOf(node: SessionNode, peer: SessionNode): Promise<SessionState> {
  return (await new SessionMemory(node.disk.process(), node.id).get(peer.id))!;
}

/** What both must have alike. */
function shared({ epochs, sendKeyId, pending }: SessionState) {
  const { keyId, root } = epochs.at(-1)!;
  return { keyId, root, sendKeyId, isPending: pending !== undefined };
}

/** Of all keys but the newest. */
function oldKeysOf({ epochs }: SessionState): string[] {
  return epochs.slice(0, -1).flatMap(({ sendKey, receiveKey }) => [toBase64(sendKey), toBase64(receiveKey)]);
}

test('whoever is away, whatever is lost, shown again or not handled, wherever a process ends: each message is read once, both end with one key, old ones are erased', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 90 }), async (steps) => {
      const world = await TwoDevicesWorld.start();
      for (const next of steps) await world.run(next);
      await world.settle();
      const [one, other] = world.sides;
      for (const [side, peer] of [
        [one, other],
        [other, one],
      ] as const) {
        const readTwice = side.node.read.length - new Set(side.node.read).size;
        expect(readTwice).toBeLessThanOrEqual(side.interruptions);
        expect([...new Set(side.node.read)]).toEqual(peer.said);
        expect(side.node.events.filter(({ name }) => name !== 'rotated')).toEqual([]);
      }
      const states = [await stateOf(one.node, other.node), await stateOf(other.node, one.node)] as const;
      expect(shared(states[0])).toEqual(shared(states[1]));
      expect(shared(states[0])).toMatchObject({ sendKeyId: states[0].epochs.at(-1)!.keyId, isPending: false });
      for (const { epochs } of states) expect(epochs.slice(0, -1).filter(({ root }) => root !== undefined)).toEqual([]);
      await world.run({ do: 'wait', hours: 24 * 8 + 1 });
      const disks = one.node.disk.text() + other.node.disk.text();
      for (const key of states.flatMap(oldKeysOf)) expect(disks).not.toContain(key);
    }),
    { numRuns: 60, interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false },
  );
});
