import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memorySource, patternBytes } from '../transfers-rig/memory-file';
import {
  acceptAll,
  carry,
  carryAll,
  Killed,
  type TransferNode,
  transferNodes,
  turn,
} from '../transfers-rig/transfer-node';

type Step =
  | { readonly do: 'carry' | 'drop'; readonly who: 0 | 1; readonly most: number }
  | { readonly do: 'kill'; readonly who: 0 | 1 }
  /** The process ends while it handles a message, which then comes again. */
  | { readonly do: 'kill-within'; readonly who: 0 | 1; readonly turns: number }
  | { readonly do: 'turn' | 'wait' };

const who = fc.constantFrom<0 | 1>(0, 1);
const most = fc.integer({ min: 1, max: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('carry' as const), who, most }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), who, most }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('kill-within' as const), who, turns: fc.integer({ min: 0, max: 12 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
);

async function run(next: Step, nodes: readonly [TransferNode, TransferNode], clock: { now: number }): Promise<void> {
  switch (next.do) {
    case 'carry':
      await carry(nodes[next.who], nodes[1 - next.who]!, next.most);
      return;
    case 'drop':
      nodes[next.who].outbox.splice(0, next.most);
      return;
    case 'kill':
      return nodes[next.who].kill();
    case 'kill-within':
      return killWithin(nodes[next.who], nodes[1 - next.who]!, next.turns);
    case 'turn':
      return turn();
    case 'wait':
      return wait(nodes, clock);
    default:
      next satisfies never;
  }
}

async function killWithin(from: TransferNode, to: TransferNode, turns: number): Promise<void> {
  const handled = carry(from, to, 1).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
  for (let passed = 0; passed < turns; passed += 1) await Promise.resolve();
  await to.kill();
  await handled;
}

async function wait(nodes: readonly TransferNode[], clock: { now: number }): Promise<void> {
  clock.now += 6 * 60 * 60_000;
  for (const node of nodes) await node.transfers.tick();
}

test('whatever is dropped and wherever a process ends, a file arrives whole, or both sides know that it did not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 120_000 }),
      fc.array(step, { minLength: 10, maxLength: 60 }),
      async (length, steps) => {
        const { sender, receiver, clock } = transferNodes();
        const nodes = [sender, receiver] as const;
        const bytes = patternBytes(length);
        sender.sources.set('there', bytes);
        const source = memorySource(bytes);
        await sender.transfers.sendFile({ peerId: receiver.id, name: 'file', source, place: 'there' });
        await carryAll(sender, receiver);
        await acceptAll(receiver);
        for (const next of steps) await run(next, nodes, clock);
        for (let round = 0; round < 3; round += 1) {
          await carryAll(sender, receiver);
          await wait(nodes, clock);
        }
        expect(receiver.folder.finished.get('downloads/file')).toEqual(bytes);
        expect(receiver.folder.partial.size).toBe(0);
        expect(new Set(receiver.finished().map(({ outcome }) => outcome))).toEqual(new Set(['done']));
        expect(new Set(sender.finished().map(({ outcome }) => outcome))).toEqual(new Set(['done']));
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false },
  );
});
