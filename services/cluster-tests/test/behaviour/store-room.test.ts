import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { askRedis, type Cluster, startClusterOn, startJanitor, startRedis, unlimited } from '@openrelay/launch';
import { deviceKeyOf } from '@openrelay/protocol';
import { shardOf } from '@openrelay/state';
import { contactTag, DeviceSigner, eventually, freshHardwareId, TestDevice } from '@openrelay/testing';
import { Redis } from 'ioredis';
import { claimedDevice, metricOf, registerClaimed, registeredDevice, say, sendAndAwaitAck } from '../../src';
import { depthOf, mailboxKeyOf } from '../../src/devices/mailbox-commands';

const mib = 1024 * 1024;
// Large enough that what is stored between two looks at it is less than from one level of pressure to the next.
const maxmemoryBytes = 192 * mib;
const budgetBytes = 0.75 * maxmemoryBytes;
const largeText = 'x'.repeat(20_000);
const attackers = 8;
/** Of each attacker at once: what a socket takes without waiting. */
const windowMessages = 16;
/** Of 20 kB, so three times the budget. */
const attackMessages = 5632;
const soon = { timeoutMs: 30_000, intervalMs: 50 };

let cluster: Cluster;
let looker: Redis;
let mostUsedBytes = 0;
let looking: NodeJS.Timeout;

beforeAll(async () => {
  const redis = await startRedis({ appendOnly: true, extraArgs: ['--maxmemory', String(maxmemoryBytes)] });
  cluster = await startClusterOn(redis, { edges: 2, env: { ...unlimited, RELAY_STORE_MAX_BYTES: '0' } });
  looker = new Redis(redis.url);
  looking = setInterval(() => void look().catch(() => undefined), 20);
});

afterAll(async () => {
  clearInterval(looking);
  looker.disconnect();
  await cluster.stop();
});

async function look(): Promise<number> {
  const info = await looker.info('memory');
  const number = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)![1]);
  const usedBytes = number('used_memory') - number('mem_not_counted_for_evict');
  mostUsedBytes = Math.max(mostUsedBytes, usedBytes);
  return usedBytes;
}

/** Until the edges see the store at this level: what others have stored. */
async function fillTo(share: number, level: number): Promise<void> {
  const item = 'y'.repeat(50_000);
  for (let n = 0; (await look()) < share * budgetBytes; n += 1) await looker.set(`filler:${n}:${level}`, item);
  await isAt(level);
}

beforeEach(async () => {
  const keys = await looker.keys('filler:*');
  if (keys.length > 0) await looker.del(...keys);
  await isAt(0);
});

async function isAt(level: number): Promise<void> {
  for (const edge of cluster.edges) {
    await eventually(async () => expect(await metricOf(edge, 'store_pressure')).toBe(level), soon);
  }
}

/** What an attacker was answered. */
type Answers = { stored: number; refused: number; others: unknown[] };

function answersOf({ frames }: TestDevice): Answers {
  const errors = frames.filter(({ type }) => type === 'Error').map(({ payload }) => payload);
  return {
    stored: frames.filter(({ type }) => type === 'Ack').length,
    refused: errors.filter(({ code }) => code === 507).length,
    others: errors.filter(({ code }) => code !== 507),
  };
}

/** Sends messages to made-up recipients, each to another one. */
async function attack(device: TestDevice, messages: number): Promise<Answers> {
  for (let sent = windowMessages; sent <= messages; sent += windowMessages) {
    for (let n = 0; n < windowMessages; n += 1) {
      device.sendMessage(freshHardwareId(), { encrypted_data: largeText, ttl: 3600 });
    }
    await eventually(
      () => {
        const { stored, refused, others } = answersOf(device);
        expect(stored + refused + others.length).toBe(sent);
      },
      { timeoutMs: 30_000, intervalMs: 2 },
    );
  }
  return answersOf(device);
}

async function refusedShort(): Promise<number> {
  const counts = await Promise.all(cluster.edges.map((edge) => metricOf(edge, 'stores_refused_total{why="short"}')));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Registered once, and gone. */
async function seenId(): Promise<string> {
  const device = await registeredDevice(cluster.edge(0));
  await device.close();
  return device.hardwareId;
}

async function knownId(): Promise<string> {
  const { device } = await claimedDevice(cluster.edge(0));
  await device.close();
  return device.hardwareId;
}

/** The code of the answer to one message; 0 for an ack. */
async function answerTo(sender: TestDevice, recipient: string, fields: Record<string, unknown> = {}): Promise<unknown> {
  const { message_id } = sender.sendMessage(recipient, fields);
  return eventually(() => {
    const answer = sender.frames.find(
      ({ type, payload }) => (type === 'Ack' || type === 'Error') && payload.message_id === message_id,
    );
    if (answer === undefined) throw new Error('no answer yet');
    return answer.type === 'Ack' ? 0 : answer.payload.code;
  }, soon);
}

test.each([
  [0.86, 2, { strange: 507, seen: 507, known: 0, large: 0 }],
  [0.95, 3, { strange: 507, seen: 507, known: 0, large: 507 }],
  [1.02, 4, { strange: 507, seen: 507, known: 507, large: 507 }],
])('at %d of the budget (level %i) is refused, in this order: %j', async (share, level, wanted) => {
  const sender = await registeredDevice(cluster.edge(1));
  const [seen, known] = [await seenId(), await knownId()];
  await fillTo(share, level);
  const large = { encrypted_data: largeText };
  expect({
    strange: await answerTo(sender, freshHardwareId()),
    seen: await answerTo(sender, seen),
    known: await answerTo(sender, known),
    large: await answerTo(sender, known, large),
  }).toEqual(wanted);
  await sender.close();
});

test('made-up contacts take a little of the store in an hour, and small lists have room all the same', async () => {
  const wanted = 3; // a shard that no other test of this file fills
  const owner = async (edge: number) => {
    const device = await TestDevice.connect(cluster.edge(edge).url);
    while (shardOf(deviceKeyOf(device.hardwareId), 16) !== wanted) device.hardwareId = freshHardwareId();
    await registerClaimed(device, await DeviceSigner.make());
    return device;
  };
  const list = (device: TestDevice, count: number) => {
    const tags = Array.from({ length: count }, () => contactTag(device.hardwareId, freshHardwareId()));
    say(device, 'Contacts', { accept: 'listed', replace: tags });
  };
  const refusalOf = (device: TestDevice) =>
    eventually(() => {
      const answer = device.frames.find(({ type }) => type === 'ContactsResponse' || type === 'Error');
      if (answer === undefined) throw new Error('no answer yet');
      return answer.type === 'Error' ? answer.payload : undefined;
    }, soon);
  let refused: Record<string, unknown> | undefined;
  let lists = 0;
  for (; lists < 40 && !refused; lists += 1) {
    const device = await owner(lists % 2);
    list(device, 1000);
    refused = await refusalOf(device);
  }
  expect(lists).toBeGreaterThan(4);
  expect(refused).toMatchObject({ code: 503, retry_after_ms: expect.any(Number) });
  const small = await owner(1);
  list(small, 64);
  expect((await small.next('ContactsResponse')).payload).toMatchObject({ listed: 64 });
});

test('what is live, acks, registrations and sweeps go on when nothing is stored', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const away = await registeredDevice(cluster.edge(1), { acks: true });
  await away.close();
  const { sent } = await sendAndAwaitAck(sender, away.hardwareId, { ttl: 600 });
  const swept = await seenId();
  await sendAndAwaitAck(sender, swept, { ttl: 1 });
  expect(await looker.exists(mailboxKeyOf(swept))).toBe(1);
  await fillTo(1.02, 4);
  const back = await registeredDevice(cluster.edge(1), { hardwareId: away.hardwareId, acks: true });
  expect((await back.next('Receive')).payload.message_id).toBe(sent.message_id);
  back.ack(sent.message_id);
  const live = sender.sendMessage(back.hardwareId, { ttl: 0 });
  expect((await back.next('Receive')).payload.message_id).toBe(live.message_id);
  expect((await sender.next('Ack')).payload).toMatchObject({ message_id: live.message_id });
  const janitor = await startJanitor({ redisUrl: cluster.redis.url });
  await eventually(
    async () => expect(Number(await askRedis(cluster.redis.url, depthOf(away.hardwareId)))).toBe(0),
    soon,
  );
  await eventually(async () => expect(await looker.exists(mailboxKeyOf(swept))).toBe(0), {
    timeoutMs: 40_000,
    intervalMs: 100,
  });
  await janitor.stop('SIGKILL');
  await Promise.all([sender.close(), back.close()]);
}, 90_000);

test('messages to made-up recipients take no room of anybody else, and Redis keeps to its budget', async () => {
  await fillTo(0.7, 0);
  const refusedBefore = await refusedShort();
  const [seen, known] = [await seenId(), await knownId()];
  const [sender, recipient] = [await registeredDevice(cluster.edge(0)), await registeredDevice(cluster.edge(1))];
  const strangers = await Promise.all(
    Array.from({ length: attackers }, (_, n) => registeredDevice(cluster.edge(n % 2))),
  );
  let isOver = false;
  const codes: unknown[] = [];
  const innocent = (async () => {
    while (!isOver) {
      for (const absent of [seen, known]) codes.push(await answerTo(sender, absent, { ttl: 1 }));
      for (const ttl of [60, 0]) {
        codes.push(await answerTo(sender, recipient.hardwareId, { ttl }));
        recipient.ack((await recipient.next('Receive')).payload.message_id as string);
      }
      await (await registeredDevice(cluster.edge(1))).close(); // registrations go on
    }
  })();
  const answers = await Promise.all(strangers.map((stranger) => attack(stranger, attackMessages / attackers)));
  isOver = true;
  await innocent;

  const sum = (read: (one: Answers) => number) => answers.reduce((all, one) => all + read(one), 0);
  expect(answers.flatMap(({ others }) => others)).toEqual([]);
  expect(sum(({ stored }) => stored) + sum(({ refused }) => refused)).toBe(attackMessages);
  expect(sum(({ refused }) => refused)).toBeGreaterThan(attackMessages / 2);
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => code !== 0)).toEqual([]);
  expect(mostUsedBytes).toBeLessThan(1.1 * budgetBytes);
  await isAt(1);
  expect((await refusedShort()) - refusedBefore).toBe(sum(({ refused }) => refused));
  await Promise.all([sender, recipient, ...strangers].map((device) => device.close()));
}, 120_000);
