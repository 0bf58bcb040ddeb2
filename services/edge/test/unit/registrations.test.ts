import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Deregistration, Registered, Registration } from '@openrelay/state';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { Connection } from '../../src/connection/connection';
import { EarlyFrames } from '../../src/connection/early-frames';
import { Newcomers } from '../../src/connection/newcomers';
import { Liveness } from '../../src/holders/liveness';
import { Registrations } from '../../src/holders/registrations';
import { Sessions } from '../../src/holders/sessions';
import { Stays } from '../../src/holders/stays';
import { deliveryRig, openSocket } from './edge-rig';

const answered: Registered = {
  status: 'registered',
  sinceMs: 1,
  seq: 0,
  depth: 0,
  replaced: '',
  requestsUsed: 0,
  pointsUsed: 0,
  isStale: false,
  standing: 'known',
  connectedSeconds: 600,
  isClaimed: false,
};

const settings = {
  requestsPerMinute: 0,
  pointsPerMinute: 0,
  maxFrameBytes: 1024,
  queueMaxBytes: 1024,
  maxTtlSeconds: 60,
};

/** Registrations whose registry answers, or fails, when it is told to. `calls` are what Redis was asked, in order. */
function rig() {
  const calls: string[] = [];
  const [asked, refused, ended]: [Registration[], Connection[], Deregistration[]] = [[], [], []];
  let answer: (error?: Error) => void = () => undefined;
  const registry = {
    register: async (_: number, batch: Registration[]): Promise<Registered[]> => {
      calls.push('register');
      asked.push(...batch);
      await new Promise<void>((resolve, reject) => {
        answer = (error) => (error ? reject(error) : resolve());
      });
      return batch.map(() => answered);
    },
  };
  const parts = deliveryRig({
    deregister: async (_, batch) => {
      calls.push('deregister');
      return ended.push(...batch);
    },
  });
  const sessions = new Sessions('n', parts.deregistrations);
  const registrations = new Registrations({
    ...parts,
    settings,
    registry,
    sessions,
    earlyFrames: new EarlyFrames(),
    stays: new Stays({ ...parts, registry: { stay: async () => [] }, monotonicMs: () => 1 }),
    newcomers: new Newcomers(),
    queue: { expire: async () => 0 },
    liveness: new Liveness(() => 1),
    replies: { refuse: (connection) => void refused.push(connection) },
  });
  const connection = new Connection(openSocket(), 'json', 1);
  const settle = async (asks: number, error?: Error) => {
    await eventually(() => expect(asked).toHaveLength(asks));
    answer(error);
    for (let count = 0; count < 10; count += 1) await turn();
  };
  return { registrations, sessions, connection, asked, refused, ended, calls, settle };
}

test('a registration that is being recovered is asked for once, until it is answered', async () => {
  const { registrations, connection, asked, settle } = rig();
  registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
  expect(connection.state).toBe('registering');
  await settle(1);
  expect(connection.state).toBe('registered');

  registrations.recover(connection);
  for (let check = 0; check < 5; check += 1) registrations.askAgain(connection);
  await settle(2);
  registrations.askAgain(connection);
  registrations.recover(connection);
  await settle(3);
  expect(asked.map(({ sinceMs }) => sinceMs)).toEqual([0, 1, 1]);
});

test('a first registration that Redis refused leaves the connection unregistered; a later one leaves it to be settled', async () => {
  const { registrations, sessions, connection, refused, settle } = rig();
  const hardwareId = freshHardwareId();
  registrations.register(connection, { hardwareId, acks: true });
  await settle(1, new Error('unavailable'));
  expect([connection.state, refused.length, [...sessions.connections]]).toEqual(['unregistered', 1, []]);

  registrations.register(connection, { hardwareId, acks: true });
  await settle(2);
  registrations.goOffline(connection);
  registrations.comeOnline(connection);
  await settle(3, new Error('unavailable'));
  expect([connection.state, connection.isUnsure, refused.length]).toEqual(['offline', true, 2]);
});

test('a Register and a Status: Offline of one turn reach Redis in this order', async () => {
  const { registrations, connection, calls, settle } = rig();
  registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
  registrations.goOffline(connection);
  await settle(1);
  expect(calls.slice(0, 2)).toEqual(['register', 'deregister']);
});

test('a session of no connection here is taken off its device once, when it is asked for; one of before is left', async () => {
  const { registrations, sessions, connection, ended, settle } = rig();
  registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
  await settle(1);
  const { device, session } = connection;
  registrations.recover(connection); // under another name
  await settle(2);
  expect(sessions.findOrDeregister(device, connection.session)).toBe(connection);
  for (const unknown of [session, 'n.9.9', 'n.9.9']) {
    expect(sessions.findOrDeregister(device, unknown)).toBeUndefined();
  }
  await turn();
  expect(ended).toEqual([{ device, session: 'n.9.9', manner: 'closed', seconds: 0 }]);
});
