import { expect, test } from '@jest/globals';
import { createLog, createMetrics } from '@openrelay/telemetry';
import { type Connection, holdingOf } from '../../src/connection/connection';
import { MemoryGuard } from '../../src/upkeep/memory-guard';
import { connectionIn, openSocket } from './edge-rig';

const limitBytes = 1000;

/** Connections that hold 100 bytes each until they are cut; registered ones are `kept` or `drawn` by lot. */
function rig(unregistered: number, registered: number, random: () => number) {
  const connections = new Set<Connection>();
  const add = (state: 'unregistered' | 'registered') => {
    const connection: Connection = connectionIn(state, {
      ...openSocket(),
      cut: () => void connections.delete(connection),
    });
    holdingOf(connection).sinceMs = state === 'registered' ? 1 : 0;
    connections.add(connection);
  };
  for (let count = 0; count < registered; count += 1) add('registered');
  for (let count = 0; count < unregistered; count += 1) add('unregistered');
  const lines: string[] = [];
  let [nowMs, used]: [number, number | undefined] = [1, undefined];
  const limits = { isShortOfMemory: false };
  const guard = new MemoryGuard({
    wished: limitBytes,
    thereIs: 1,
    usedBytes: () => used ?? 100 * connections.size,
    limits,
    connections,
    metrics: createMetrics(),
    log: createLog({
      level: 'info',
      service: 'edge',
      node: 'n',
      destination: { write: (line) => void lines.push(line) },
    }),
    random,
    monotonicMs: () => nowMs,
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  const use = (bytes: number) => {
    used = bytes;
  };
  return { guard, connections, limits, lines, pass, use };
}

test('an edge with enough memory cuts nobody', () => {
  const { guard, connections, limits, lines } = rig(5, 5, () => 0);
  guard.look();
  expect([connections.size, limits.isShortOfMemory, lines]).toEqual([10, false, []]);
});

test('one that is short of it cuts those that have not registered, and takes nobody for a while', () => {
  const { guard, connections, limits, lines, pass } = rig(6, 9, () => 0);
  guard.look();
  expect([connections.size, limits.isShortOfMemory]).toEqual([9, true]);
  pass(9999);
  guard.look();
  expect([connections.size, limits.isShortOfMemory]).toEqual([9, true]);
  pass(1);
  guard.look();
  expect([connections.size, limits.isShortOfMemory]).toEqual([9, false]);
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['memory.short', 'memory.enough']);
});

test('one that grows on cuts a tenth of all by lot each time, and none when it does not give back what was freed', () => {
  let drawn = 0;
  const { guard, connections, use } = rig(0, 100, () => (drawn++ % 10) / 10);
  use(2000);
  guard.look();
  expect(connections.size).toBe(100);
  for (const [used, left] of [
    [2000, 100],
    [2030, 100],
    [2100, 90],
    [2100, 90],
    [2100, 90],
    [2300, 81],
  ] as const) {
    use(used);
    drawn = 0;
    guard.look();
    expect(connections.size).toBe(left);
  }
});

test('one that gave some back and grows again cuts before it is as large as it was', () => {
  const { guard, connections, use } = rig(0, 100, () => 0);
  use(2000);
  guard.look();
  use(1300);
  guard.look();
  use(1400);
  guard.look();
  expect(connections.size).toBe(100);
  use(1500);
  guard.look();
  expect(connections.size).toBe(0);
});
