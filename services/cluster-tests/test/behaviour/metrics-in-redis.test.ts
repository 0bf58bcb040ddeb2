import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { Ledger, MetricsReader, RedisLink } from '@openrelay/state';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import { collect, connectDevice, errorOf, registeredDevice, sendAndAwaitAck, statusOf } from '../../src';
import { Fleet } from '../../src/fleet';

const shards = 16;
/** An edge counts in Redis once a second; what is on the way there takes a slow machine some more. */
const flushed = { timeoutMs: 30_000, intervalMs: 100 };
const env = { ...unlimited, RELAY_SHARDS: String(shards) };

let cluster: Cluster;
let link: RedisLink;

beforeEach(async () => {
  cluster = await startCluster({ edges: 2, env });
  link = new RedisLink({ url: cluster.redis.url, commandTimeoutMs: 5000, monotonicMs: () => performance.now() });
  await link.connect(5000);
});

afterEach(async () => {
  link.close();
  await cluster.stop();
});

/** What the minutes of the last half hour say of fields, all minutes together. */
async function countedIn(...fields: string[]): Promise<Record<string, number>> {
  const nowMs = link.clock.now();
  const minutes = await new MetricsReader(link).periods('minute', nowMs - 1_800_000, nowMs + 120_000);
  const sum = (field: string) => minutes.reduce((all, minute) => all + (minute.fields.get(field) ?? 0), 0);
  return Object.fromEntries(fields.map((field) => [field, sum(field)]));
}

function eventuallyCounted(wanted: Readonly<Record<string, number>>): Promise<void> {
  return eventually(async () => expect(await countedIn(...Object.keys(wanted))).toEqual(wanted), flushed);
}

async function sendTo(sender: TestDevice, recipients: readonly string[], fields = {}): Promise<void> {
  for (const recipient of recipients) sender.sendMessage(recipient, fields);
  await collect(sender, 'Ack', recipients.length);
}

/** The observations of a histogram, all buckets together. */
async function observations(name: string): Promise<number> {
  const totals = await new MetricsReader(link).totals();
  const buckets = [...totals].filter(([field]) => field.startsWith(`${name}:le:`));
  return buckets.reduce((all, [, count]) => all + count, 0);
}

test('the minutes add up to what was sent, delivered, queued, acked and refused on all edges', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const near = await registeredDevice(cluster.edge(0), { acks: true });
  const far = await registeredDevice(cluster.edge(1), { acks: true });
  const absent = freshHardwareId();
  await sendTo(sender, [...Array(10).fill(near.hardwareId), ...Array(20).fill(far.hardwareId)]);
  await sendTo(sender, Array(15).fill(absent), { encrypted_data: 'A'.repeat(100) });
  for (const [device, count] of [
    [near, 10],
    [far, 20],
  ] as const) {
    for (const { payload } of await collect(device, 'Receive', count)) device.ack(String(payload.message_id));
  }
  sender.sendMessage(absent, { ttl: 0 });
  expect((await errorOf(sender)).code).toBe(404);

  await eventuallyCounted({
    registrations: 3,
    messages_accepted: 45,
    messages_delivered_live: 30,
    messages_queued: 15,
    messages_acked: 30,
    messages_expired: 0,
    'refused:404': 1,
    'refused:429': 0,
  });
  expect(await observations('accepted_to_delivered_seconds')).toBe(30);

  const late = await connectDevice(cluster.edge(1));
  await late.register(absent, { acks: true });
  for (const { payload } of await collect(late, 'Receive', 15)) late.ack(String(payload.message_id));
  await eventuallyCounted({ registrations: 4, messages_accepted: 45, messages_delivered_live: 30, messages_acked: 45 });
  expect(await observations('time_in_queue_seconds')).toBe(15);
  const books = { accepted: 45, acked: 45, expired: 0, queued: 0, queuedBytes: 0 };
  expect(await new Ledger(link).totals(shards)).toMatchObject(books);
});

test('the minutes add up to what a fleet of devices that come and go has in its books', async () => {
  // All that is accepted is answered, and so in the books.
  const traffic = { mix: { stored: 1, live: 0, auth: 0, rotation: 0 } };
  const fleet = await Fleet.start({ edges: cluster.edges.map(({ url }) => url), seed: 4711, devices: 10, traffic });
  try {
    await fleet.progress(500);
    const { figures, faults } = await fleet.verdict();
    expect(faults).toEqual([]);
    await eventuallyCounted({ messages_accepted: figures.accepted });
    const { accepted, acked, expired } = await new Ledger(link).totals(shards);
    expect(accepted).toBe(figures.accepted);
    await eventuallyCounted({ messages_acked: acked, messages_expired: expired });
  } finally {
    await fleet.stop();
  }
});

function freshIds(count: number): string[] {
  return Array.from({ length: count }, freshHardwareId);
}

test('what expires is counted by whichever edge takes it out', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const absent = freshHardwareId();
  await sendTo(sender, Array(5).fill(absent), { ttl: 1 });
  await sendTo(sender, [absent]);
  await eventually(async () => {
    const device = await registeredDevice(cluster.edge(1), { hardwareId: absent, acks: true });
    await device.close();
    expect((await new Ledger(link).totals(shards)).expired).toBe(5);
  }, flushed);
  await eventuallyCounted({ messages_accepted: 6, messages_expired: 5, messages_acked: 0 });
  expect(await new Ledger(link).totals(shards)).toMatchObject({ queued: 1 });
});

test('what an edge that leaves counted last is counted', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  await sendTo(sender, freshIds(40));
  await cluster.edge(0).stop('SIGTERM');
  expect(await countedIn('messages_accepted', 'registrations', 'drains')).toEqual({
    messages_accepted: 40,
    registrations: 1,
    drains: 1,
  });
});

test('an edge that is killed takes with it what it counted since its last flush, and no more', async () => {
  const doomed = await registeredDevice(cluster.edge(0));
  const other = await registeredDevice(cluster.edge(1));
  await sendTo(doomed, freshIds(30));
  await eventuallyCounted({ messages_accepted: 30 });
  await sendTo(doomed, freshIds(20));
  cluster.edge(0).kill('SIGKILL');
  await cluster.edge(0).exited;

  await sendTo(other, freshIds(7));
  await eventually(async () => {
    const { messages_accepted } = await countedIn('messages_accepted');
    // A flush may have fallen in between.
    expect(messages_accepted).toBeGreaterThanOrEqual(37);
    expect(messages_accepted).toBeLessThanOrEqual(57);
  }, flushed);
  expect(await new Ledger(link).totals(shards)).toMatchObject({ accepted: 57, queued: 57 });
});

test('a flush that Redis takes and cannot answer is sent again and counts once', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  await sendTo(sender, freshIds(30));
  cluster.redis.kill('SIGSTOP');
  // Its next flush lies before the frozen Redis, which carries it out once it goes on, for an edge that has hung up.
  await eventually(async () => expect(await statusOf(cluster.edge(0), '/ready')).toBe(503), flushed);
  cluster.redis.kill('SIGCONT');
  await eventually(async () => expect(await statusOf(cluster.edge(0), '/ready')).toBe(200), flushed);
  await eventually(() => sendAndAwaitAck(sender, freshHardwareId()), flushed);
  await eventuallyCounted({ messages_accepted: 31 });
  await cluster.edge(0).stop('SIGTERM');
  expect(await countedIn('messages_accepted')).toEqual({ messages_accepted: 31 });
});
