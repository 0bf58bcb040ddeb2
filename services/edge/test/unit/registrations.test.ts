import { expect, test } from '@jest/globals';
import { type MessageQueue, type Registered, type Registration, type Registry, shardOf } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { Tick } from '../../src/batching/tick';
import { Connection } from '../../src/connection/connection';
import { Liveness } from '../../src/holders/liveness';
import { Registrations } from '../../src/holders/registrations';
import type { Socket } from '../../src/sockets/transport';

const answered: Registered = {
  status: 'registered',
  sinceMs: 1,
  seq: 0,
  depth: 0,
  replaced: '',
  requestsUsed: 0,
  pointsUsed: 0,
  isStale: false,
};

/** A registry that answers when it is told to. */
function rig() {
  const asked: Registration[] = [];
  let answer: (() => void) | undefined;
  const register = async (_: number, batch: Registration[]): Promise<Registered[]> => {
    asked.push(...batch);
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return batch.map(() => answered);
  };
  const began: Connection[] = [];
  const registrations = new Registrations(
    {
      tick: new Tick((ask) => ask()),
      node: 'n',
      shards: 1,
      registry: { register } as unknown as Registry,
      queue: {} as MessageQueue,
      metrics: createMetrics(),
      liveness: new Liveness(() => 1),
    },
    {
      registered: () => undefined,
      refused: () => undefined,
      began: (connection) => {
        connection.isRecovering = false;
        began.push(connection);
      },
      recovering: (connection) => {
        connection.isRecovering = true;
      },
    },
  );
  const connection = new Connection({} as Socket, 'json', 1);
  const settle = async (asks: number) => {
    await eventually(() => expect(asked).toHaveLength(asks));
    const before = began.length;
    answer!();
    await eventually(() => expect(began).toHaveLength(before + 1));
  };
  return { registrations, connection, asked, settle };
}

test('a registration that is being recovered is asked for once, until it is answered', async () => {
  const { registrations, connection, asked, settle } = rig();
  registrations.register(connection, freshHardwareId(), true);
  expect(connection.shard).toBe(shardOf(connection.device, 1));
  await settle(1);

  registrations.recover(connection);
  for (let check = 0; check < 5; check += 1) registrations.resume(connection);
  await settle(2);
  registrations.resume(connection);
  registrations.recover(connection);
  await settle(3);
  expect(asked.map(({ sinceMs }) => sinceMs)).toEqual([0, 1, 1]);
});
