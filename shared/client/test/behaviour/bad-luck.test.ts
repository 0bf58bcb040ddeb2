import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { askRedis, type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import WebSocket from 'ws';
import {
  type AskUser,
  type DeviceMessage,
  type DeviceOptions,
  type HostedCode,
  MemoryStore,
  PairingError,
  RegisteredConnection,
  utf8,
} from '../../src/index';
import { type DeviceRig, pairDevices, startDevice } from '../device-rig';

const dayMs = 24 * 60 * 60 * 1000;
const trust: AskUser = async () => 'trust';

let cluster: Cluster;
const rigs: DeviceRig[] = [];
beforeAll(async () => {
  cluster = await startCluster({ edges: 1, env: unlimited });
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});
afterAll(() => cluster.stop());

type Rig = DeviceRig & { readonly id: string; readonly read: string[] };

async function started(name: string, options: Partial<DeviceOptions> = {}): Promise<Rig> {
  const read: string[] = [];
  const onMessage = ({ content }: DeviceMessage): void => void ('text' in content && read.push(content.text));
  const rig = await startDevice(name, cluster.edge(0).url, { onMessage, ...options });
  rigs.push(rig);
  return Object.assign(rig, { read, id: rig.device.identity.id });
}

async function twoPaired(options: Partial<DeviceOptions> = {}): Promise<{ one: Rig; other: Rig }> {
  const [one, other] = [await started('one', options), await started('other')];
  await pairDevices(one, other);
  return { one, other };
}

/** Each reads what the other says, once. */
async function talk(one: Rig, other: Rig, text: string): Promise<void> {
  await one.device.send(other.id, { text });
  await other.device.send(one.id, { text });
  const times = ({ read }: Rig): number => read.filter((each) => each === text).length;
  await eventually(() => expect([times(one), times(other)]).toEqual([1, 1]));
}

async function endOf(pairing: Promise<unknown>): Promise<string> {
  return pairing.then(
    () => 'paired',
    (error: unknown) => {
      if (error instanceof PairingError) return `${error.code}: ${error.message}`;
      throw error;
    },
  );
}

describe('a code', () => {
  /** That nobody is there: after 0.7 s. */
  const soonSure = { pairingTimes: { repeatMs: 100 } };
  const join = ({ device }: Rig, text: string): Promise<string> => endOf(device.pairing.joinCode(text, { ask: trust }));
  const withOtherWords = ({ code }: HostedCode): string =>
    `${code.number}-${code.words[0] === 'adroitness' ? 'adviser' : 'adroitness'}-aardvark`;

  test('with wrong words is used up: both are told to make a new one', async () => {
    const [host, joiner] = [await started('host'), await started('joiner', soonSure)];
    const hosted = await host.device.pairing.hostCode({ ask: trust });
    const ended = endOf(hosted.paired);
    expect(await join(joiner, withOtherWords(hosted))).toMatch(/^wrong-code: .*make a new one/);
    expect(await ended).toMatch(/^wrong-code: .*make a new one/);
    expect(await join(joiner, hosted.text)).toMatch(/^no-such-code: .*was tried already/);
  });

  test('that two enter at once is for the first: the other is told', async () => {
    const [host, first, second] = [await started('host'), await started('first'), await started('second')];
    const hosted = await host.device.pairing.hostCode({ ask: trust });
    const ends = await Promise.all([join(first, hosted.text), join(second, hosted.text)]);
    expect(ends).toContain('paired');
    expect(ends.filter((end) => end !== 'paired')).toEqual([
      expect.stringMatching(/^(code-used|no-such-code): .*tried already/),
    ]);
    await hosted.paired;
    expect(host.device.peers.list()).toHaveLength(1);
  });

  test('that is too old is over: both are told', async () => {
    const host = await started('host', { pairingTimes: { lifetimeMs: 200 } });
    const joiner = await started('joiner', soonSure);
    const hosted = await host.device.pairing.hostCode({ ask: trust });
    expect(await endOf(hosted.paired)).toMatch(/^expired: .*begin again/);
    await eventually(async () => expect(await join(joiner, hosted.text)).toMatch(/^no-such-code: .*older than/));
  });
});

test('two that begin to pair at once see the same digits, and are paired', async () => {
  const [one, other] = [await started('one'), await started('other')];
  const shown: string[] = [];
  const ask: AskUser = async ({ digits }) => {
    shown.push(digits);
    return 'trust';
  };
  for (const { device } of [one, other]) device.pairing.answerDevices({ ask, paired: () => {}, failed: () => {} });
  const ends = await Promise.all([
    endOf(one.device.pairing.joinDevice(other.id, { ask })),
    endOf(other.device.pairing.joinDevice(one.id, { ask })),
  ]);
  expect(ends).toEqual(['paired', 'paired']);
  expect([new Set(shown).size, shown.length]).toEqual([1, 2]);
  await talk(one, other, 'hello');
});

describe.each([
  { clock: 'a day behind', shiftMs: -dayMs },
  { clock: 'a day ahead', shiftMs: dayMs },
])('a device whose clock is $clock', ({ shiftMs }) => {
  test('pairs, talks and rotates as if it were right, also when the clock is set', async () => {
    let shift = shiftMs;
    const { one, other } = await twoPaired({ now: () => Date.now() + shift });
    await talk(one, other, 'first');
    await one.device.rotate(other.id);
    await eventually(() => expect(one.events).toMatchObject([{ name: 'rotated', keyId: 2n }]));
    shift = 0;
    await talk(one, other, 'second');
    shift = -shiftMs;
    await one.restart();
    await talk(one, other, 'third');
    expect(one.events).toHaveLength(1);
    expect(other.events).toEqual([]);
  });
});

test('a laptop that sleeps for eight days comes back at once, sends what it kept, and changes its keys', async () => {
  let sleptMs = 0;
  const { one, other } = await twoPaired({ now: () => Date.now() + sleptMs });
  await talk(one, other, 'good night');
  await one.device.link.stop();
  const kept = one.device.send(other.id, { text: 'written before' });
  await other.device.send(one.id, { text: 'written meanwhile' });
  sleptMs = 8 * dayMs;
  one.device.link.start();
  await kept;
  await eventually(() => expect([one.read.at(-1), other.read.at(-1)]).toEqual(['written meanwhile', 'written before']));
  await eventually(() => expect(one.events).toMatchObject([{ name: 'rotated', keyId: 2n }]));
  await talk(one, other, 'good morning');
});

test('of two devices with one id, the one that is put out three times stops, and says what to do', async () => {
  const { one } = await twoPaired();
  const { id: hardwareId, signing: claim } = one.device.identity;
  const { link } = one.device;
  for (const count of [1, 2, 3]) {
    if (link.state.is !== 'connected') {
      await link.stop();
      link.start();
      await link.untilConnected();
    }
    const copy = await RegisteredConnection.connect({ url: cluster.edge(0).url, hardwareId, claim, WebSocket });
    await eventually(() => expect(link.state.is).toBe(count < 3 ? 'waiting' : 'stopped'));
    await copy.close();
  }
  expect(link.state).toMatchObject({
    code: 4001,
    why: expect.stringContaining('a copied disk? Give one of them an identity of its own'),
  });
});

test('a relay that was replaced by an empty one: both claim and list again, what waits goes out, nothing is read twice', async () => {
  const { one, other } = await twoPaired();
  await talk(one, other, 'before');
  await other.device.link.stop();
  await one.device.send(other.id, { text: 'lost with the old relay' });
  await askRedis(cluster.redis.url, ['FLUSHALL']);
  await cluster.restartEdge(0);
  other.device.link.start();
  for (const { device } of [one, other]) {
    device.link.wake();
    await device.link.untilConnected();
    expect(device.link.state).toMatchObject({ is: 'connected', registration: { standing: 'claimed' } });
  }
  await talk(one, other, 'after');
  expect([one.read, other.read]).toEqual([
    ['before', 'after'],
    ['before', 'after'],
  ]);
  // The one that was lost is told.
  expect(other.events).toMatchObject([
    { name: 'missing', count: 1, sentence: expect.stringContaining('Ask for them') },
  ]);
  const stranger = await started('stranger');
  await expect(
    stranger.device.outbox.send({ recipientId: one.id, data: utf8('listed?'), ttlSeconds: 60 }),
  ).rejects.toMatchObject({ code: 507 });
});

describe('a store whose', () => {
  async function damage(store: MemoryStore, prefix: string): Promise<void> {
    const [key] = await store.keys(prefix);
    await store.write(new Map([[key!, utf8('{"v":1,')]]));
  }

  test('session is damaged says so, keeps the other peers, and is whole when the two pair again', async () => {
    const store = new MemoryStore();
    const { one, other } = await twoPaired({ store });
    const third = await started('third');
    await pairDevices(one, third);
    const keys = (await store.keys('session')).filter((key) => key.includes(other.id.toLowerCase()));
    await store.write(new Map(keys.map((key) => [key, utf8('{"v":1,')])));
    await one.restart();
    await expect(one.device.send(other.id, { text: 'x' })).rejects.toThrow('is damaged: pair the two again');
    await talk(one, third, 'whole');
    await pairDevices(one, other);
    await talk(one, other, 'mended');
  });

  test('record of a peer is damaged keeps the others, and tells which', async () => {
    const store = new MemoryStore();
    const { one, other } = await twoPaired({ store });
    await damage(store, 'peer:');
    await one.restart();
    expect(one.device.peers.damagedKeys).toEqual([`peer:${other.id.toLowerCase()}`]);
    await expect(one.device.send(other.id, { text: 'x' })).rejects.toThrow('pair the two first');
    await pairDevices(one, other);
    await talk(one, other, 'mended');
  });

  test('identity is damaged is not used, nor overwritten', async () => {
    const store = new MemoryStore();
    const one = await started('one', { store });
    await one.device.close();
    await damage(store, 'identity');
    await expect(startDevice('one', cluster.edge(0).url, { store })).rejects.toThrow('of the store is damaged');
    const [key] = await store.keys('identity');
    expect(await store.get(key!)).toEqual(utf8('{"v":1,'));
  });
});
