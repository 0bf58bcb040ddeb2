import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Refusal } from '@openrelay/protocol';
import type { Deregistration, Registered, Registration } from '@openrelay/state';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { Connection } from '../../src/connection/connection';
import { EarlyFrames } from '../../src/connection/early-frames';
import { UnregisteredConnections } from '../../src/connection/unregistered-connections';
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
function rig(nodes = 1, monotonicMs = () => 1) {
  const calls: string[] = [];
  const [asked, refused, ended]: [Registration[], Refusal[], Deregistration[]] = [[], [], []];
  const closed: string[] = [];
  const batches: number[] = [];
  let [answer, given]: [(error?: Error) => void, Registered] = [() => undefined, answered];
  const registry = {
    register: async (_: number, batch: Registration[]): Promise<Registered[]> => {
      calls.push('register');
      asked.push(...batch);
      batches.push(batch.length);
      await new Promise<void>((resolve, reject) => {
        answer = (error) => (error ? reject(error) : resolve());
      });
      return batch.map(() => given);
    },
  };
  const parts = deliveryRig({
    deregister: async (_, batch) => {
      calls.push('deregister');
      return ended.push(...batch);
    },
  });
  const sessions = new Sessions('n', parts.deregistrations);
  const liveness = new Liveness(monotonicMs);
  const registrations = new Registrations({
    ...parts,
    settings,
    registry,
    directory: { size: nodes },
    sessions,
    earlyFrames: new EarlyFrames(() => undefined),
    floods: { resume: () => undefined },
    stays: new Stays({ ...parts, registry: { stay: async () => [] }, monotonicMs: () => 1 }),
    unregistered: new UnregisteredConnections(),
    monotonicMs: () => 1,
    sweeps: { sweep: async () => 0 },
    liveness,
    replies: { refuse: (_, refusal) => void refused.push(refusal) },
  });
  const pings: string[] = [];
  const newConnection = () =>
    new Connection(
      { ...openSocket(), close: (code) => void closed.push(code), ping: (text) => void pings.push(text) },
      'json',
      1,
    );
  const connection = newConnection();
  const settle = async (asks: number, outcome: Error | Registered = answered) => {
    await eventually(() => expect(asked).toHaveLength(asks));
    if (outcome instanceof Error) answer(outcome);
    else {
      given = outcome;
      answer();
    }
    for (let count = 0; count < 10; count += 1) await turn();
  };
  const { doubtful } = parts;
  const told = { asked, refused, closed, ended, calls, batches, pings };
  return { registrations, sessions, liveness, doubtful, connection, newConnection, settle, ...told };
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
  expect(ended).toEqual([{ shard: 0, device, session: 'n.9.9', manner: 'closed', seconds: 0 }]);
});

describe('a registration that Redis does not grant', () => {
  test('for want of the key leaves the connection as if it had named nothing: it may be another device', async () => {
    const { registrations, sessions, connection, asked, refused, settle } = rig();
    registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
    await settle(1, { status: 'unproven' });
    expect(refused).toMatchObject([{ code: 401 }]);
    expect([connection.state, connection.hardwareId, [...sessions.connections]]).toEqual(['unregistered', '', []]);

    const hardwareId = freshHardwareId();
    registrations.register(connection, { hardwareId, acks: true });
    await settle(2);
    expect([connection.state, connection.hardwareId]).toEqual(['registered', hardwareId]);
    expect(asked[1]).toMatchObject({ sinceMs: 0 });
  });

  test('for its number says when to try again', async () => {
    const { registrations, connection, refused, settle } = rig();
    registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
    await settle(1, { status: 'limited', retryAfterMs: 1234 });
    expect(refused).toMatchObject([{ code: 429, retryAfterMs: 1234 }]);
    expect(connection.state).toBe('unregistered');
  });

  test('for want of room is refused as unavailable', async () => {
    const { registrations, connection, refused, settle } = rig();
    registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
    await settle(1, { status: 'short' });
    expect(refused).toMatchObject([{ code: 503 }]);
  });

  test('to a connection that was offline leaves it offline, and asks under which name Redis has it', async () => {
    const { registrations, connection, asked, refused, settle } = rig();
    registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
    await settle(1);
    registrations.goOffline(connection);
    registrations.comeOnline(connection);
    await settle(2, { status: 'limited', retryAfterMs: 1 });
    expect([connection.state, connection.isUnsure, refused.length]).toEqual(['offline', true, 1]);
    registrations.askAgain(connection);
    await settle(3);
    expect(asked[2]).toMatchObject({ sinceMs: 1, manner: 'offline', session: connection.session });
    expect([connection.state, connection.isUnsure]).toEqual(['offline', false]);
  });

  test('to one that holds its device, and shows another key, leaves it what it is, with the key that it had', async () => {
    const { registrations, connection, asked, refused, closed, settle } = rig();
    const [hardwareId, key] = [freshHardwareId(), randomBytes(32)];
    registrations.register(connection, { hardwareId, acks: true, proof: { key } });
    await settle(1);
    registrations.register(connection, { hardwareId, acks: true, proof: { key: randomBytes(32) } });
    await settle(2, { status: 'unproven' });
    expect([connection.state, refused.length, closed]).toEqual(['registered', 1, []]);
    registrations.recover(connection);
    await settle(3);
    expect(asked[2]!.proof).toEqual({ key });
  });

  test('when it is repeated after an outage, for want of the key, sends the device to ask again: perhaps nobody else is there', async () => {
    const { registrations, connection, refused, closed, settle } = rig();
    registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
    await settle(1);
    registrations.recover(connection);
    await settle(2, { status: 'unproven' });
    expect([closed, refused]).toEqual([['tryLater'], []]);
  });
});

test('what a connection has proven, and its wish to be hidden, go with it when it is registered again', async () => {
  const { registrations, connection, asked, settle } = rig();
  const [hardwareId, proof] = [freshHardwareId(), { key: randomBytes(32), succeeds: randomBytes(65) }];
  registrations.register(connection, { hardwareId, acks: true, proof, presence: 'hidden' });
  await settle(1);
  registrations.recover(connection);
  await settle(2);
  registrations.goOffline(connection);
  registrations.comeOnline(connection);
  await settle(3);
  registrations.register(connection, { hardwareId, acks: true });
  await settle(4);
  expect(asked.map((each) => each.proof)).toEqual([proof, proof, proof, proof]);
  expect(asked.map(({ presence }) => presence)).toEqual(['hidden', 'hidden', 'hidden', 'shown']);
});

test.each([
  [1, 128],
  [64, 8],
])('a crowd that registers at %i nodes at once asks for %i of its devices in a call of each', async (nodes, most) => {
  const { registrations, connection, batches, settle } = rig(nodes);
  registrations.register(connection, { hardwareId: freshHardwareId(), acks: true });
  await settle(1);
  for (let device = 0; device < 200; device += 1) {
    registrations.register(new Connection(openSocket(), 'json', 1), { hardwareId: freshHardwareId(), acks: true });
  }
  await settle(1 + most);
  await settle(1 + Math.min(200, 2 * most));
  expect(batches.slice(0, 3)).toEqual([1, most, Math.min(200 - most, most)]);
});

test('a connection whose request waited while the process was held up must answer a ping before Redis is asked', async () => {
  let nowMs = 1;
  const { registrations, liveness, connection, newConnection, asked, pings, settle } = rig(1, () => nowMs);
  const introduction = () => ({ hardwareId: freshHardwareId(), acks: true });
  registrations.register(connection, introduction());
  await eventually(() => expect(asked).toHaveLength(1)); // the others wait for its answer
  const [there, gone] = [newConnection(), newConnection()];
  for (const each of [there, gone]) registrations.register(each, introduction());
  nowMs += 2000;
  await settle(1);
  expect([asked.length, pings.length]).toEqual([1, 2]);
  nowMs += 1;
  liveness.ponged(there, pings[0]!);
  await settle(2);
  expect(asked[1]).toMatchObject({ device: there.device });
  expect([there.state, gone.state]).toEqual(['registered', 'registering']);
  expect([there, gone].map(({ holding }) => holding.registersUnderWay)).toEqual([0, 1]);
});

test('a connection whose device was taken by one that is gone by now is not closed: Redis is asked', async () => {
  const { registrations, doubtful, connection, newConnection, closed, ended, settle } = rig();
  const introduction = { hardwareId: freshHardwareId(), acks: true };
  registrations.register(connection, introduction);
  await settle(1);
  const newer = newConnection();
  registrations.register(newer, introduction);
  await turn();
  registrations.close(newer);
  await settle(2, { ...answered, replaced: connection.session });
  expect(closed).toEqual([]);
  expect(ended).toContainEqual(expect.objectContaining({ session: newer.session, manner: 'closed' }));
  expect([...doubtful.takeRefuted()]).toEqual([connection]);
});

test('a request that waited for a pong does not bring back the name that its connection had before', async () => {
  let nowMs = 1;
  const { registrations, liveness, connection, newConnection, asked, pings, settle } = rig(1, () => nowMs);
  const introduction = () => ({ hardwareId: freshHardwareId(), acks: true });
  const first = introduction();
  registrations.register(connection, first);
  await settle(1);
  registrations.register(connection, first);
  await eventually(() => expect(asked).toHaveLength(2)); // the others wait for its answer
  const late = newConnection();
  registrations.register(late, introduction());
  nowMs += 2000;
  registrations.goOffline(late);
  registrations.comeOnline(late);
  await settle(2);
  nowMs += 1;
  liveness.ponged(late, pings[0]!);
  await settle(4);
  expect(asked.slice(2).map(({ device }) => device)).toEqual([late.device, late.device]);
  expect(asked.at(-1)).toMatchObject({ session: late.session });
  expect(late.state).toBe('registered');
  expect(late.holding.registersUnderWay).toBe(0);
});
