import { expect, test } from '@jest/globals';
import type { Holder, HolderState, Registry } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { eventually } from '@openrelay/testing';
import { Tick } from '../../src/batching/tick';
import { Connection } from '../../src/connection/connection';
import type { Delivery } from '../../src/delivery/delivery';
import { HolderChecks } from '../../src/holders/holder-checks';
import type { Registrations } from '../../src/holders/registrations';
import type { Socket } from '../../src/sockets/transport';

const count = 12_000;

function connectionOf(session: string): Connection {
  const connection = new Connection({} as Socket, 'json', 0);
  connection.state = 'registered';
  connection.session = session;
  return connection;
}

/** Checks of one shard, in whose registry each session is said to be held when `answer` is called. */
function checksOf(connections: Connection[], resume: (connection: Connection) => void = () => undefined) {
  const asked: string[] = [];
  const marks: Holder['mark'][] = [];
  const waiting: (() => void)[] = [];
  let isOpen = false;
  const check = async (_: number, holders: Holder[]): Promise<HolderState[]> => {
    asked.push(...holders.map(({ session }) => session));
    marks.push(...holders.map(({ mark }) => mark));
    if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
    return holders.map(() => ({ status: 'holds', seq: 0 }));
  };
  const checks = new HolderChecks({
    tick: new Tick((ask) => ask()),
    shards: 1,
    registry: { check } as unknown as Registry,
    registrations: { connections, resume } as unknown as Registrations,
    delivery: { acks: { sendAgain: () => undefined } } as unknown as Delivery,
    metrics: createMetrics(),
  });
  const answer = () => {
    isOpen = true;
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { checks, asked, marks, answer };
}

test('every connection of a shard is checked, however many there are', async () => {
  const connections = Array.from({ length: count }, (_, i) => connectionOf(`n.${i}`));
  const { checks, asked, answer } = checksOf(connections);
  checks.checkAll();
  answer();
  await eventually(() => expect(asked).toHaveLength(count));
  expect(new Set(asked).size).toBe(count);
  checks.checkAll();
  await eventually(() => expect(asked).toHaveLength(2 * count));
});

test('a connection whose check still waits is not checked besides', async () => {
  const connections = Array.from({ length: 1000 }, (_, i) => connectionOf(`n.${i}`));
  const { checks, asked, answer } = checksOf(connections);
  checks.checkAll();
  await eventually(() => expect(asked).not.toHaveLength(0));
  checks.checkAll();
  checks.check(connections[0]!);
  answer();
  await eventually(() => expect(asked).toHaveLength(1000));
  await new Promise(setImmediate);
  expect(asked).toHaveLength(1000);
});

test('a check tells how the socket is when Redis is asked', async () => {
  const connections = [connectionOf('n.0'), connectionOf('n.1')];
  const { checks, asked, marks, answer } = checksOf(connections);
  checks.checkAll();
  connections[1]!.isBehind = true;
  answer();
  await eventually(() => expect(asked).toHaveLength(2));
  expect(marks).toEqual(['keeping up', 'behind']);
});

test('a connection whose registration is unsure is asked about by a registration, and not checked besides', async () => {
  const connections = [connectionOf('n.1.0'), connectionOf('n.2.0')];
  connections[1]!.isRecovering = true;
  const resumed: Connection[] = [];
  const { checks, asked, answer } = checksOf(connections, (connection) => resumed.push(connection));
  checks.checkAll();
  answer();
  await eventually(() => expect(asked).toEqual(['n.1.0']));
  expect(resumed).toEqual([connections[1]]);
});
