import type { DeviceKey } from '@openrelay/protocol';
import type { Acknowledgement, Page, RedisLink } from '@openrelay/state';
import { commonConditions } from '../load/plan';
import { figure } from '../measuring/figure';
import { describeRedis, redisNumber } from '../measuring/redis-server';
import { fillQueues, queueOf } from '../relays/fill-queues';
import { byShard, deviceAt, fillRegistry, type Numbered, numbersFrom, registryOf } from '../relays/fill-registry';
import { startLink } from '../relays/node-link';
import { sealedText, sendText } from '../wire/message-frames';
import type { Scenario } from './scenario';

const node = 'memory';
const perDevice = 10;
const ttlMs = 3_600_000;
const firstDevices = 64;
const emptiedDevices = 20_000;
const ids = { senderId: 'A'.repeat(64), recipientId: 'B'.repeat(64) };

/** What Redis needs for a device, also once it has acked its messages, for a message that waits, and for the id of one that was delivered. */
export const memory: Scenario = {
  summary:
    'Redis memory: a registered device before and after messages, a message in a queue of ten, the id of a delivered message',
  defaults: { ...commonConditions, registered: 100_000, queued: 200_000 },
  run: async (context) => {
    const { redisUrl, keep, launch, stopping } = context;
    const { registered, queued, size } = context.conditions;
    const url = redisUrl ?? keep(await launch.startRedis({ appendOnly: true })).url;
    const link = await startLink(keep, url);
    const used = () => redisNumber(url, 'memory', 'used_memory');
    const recipients = () => numbersFrom(0, Math.min(registered, Math.ceil(queued / perDevice)));
    const messages = [...recipients()].length * perDevice;
    const frame = sendText({ run: '00000000', flow: 0, ...ids }, sealedText(size), 0, 0).replace('Send', 'Receive');

    const fill = (some: Iterable<number>) => {
      const devices: DeviceKey[] = Array.from(some, deviceAt);
      return fillQueues(link, { devices, perDevice, ttlMs, frame }, stopping, node);
    };
    // Scripts and buffers that all share are there from the first on.
    const first = () => numbersFrom(registered, firstDevices);
    await fillRegistry(link, node, first(), stopping);
    await fill(first());
    await acknowledgeAll(link, first(), stopping);

    const empty = await used();
    const devices = await fillRegistry(link, node, numbersFrom(0, registered), stopping);
    const withDevices = await used();
    const stored = await fill(recipients());
    const withMessages = await used();
    const taken = await acknowledgeAll(link, recipients(), stopping);
    const withIds = await used();

    // Devices of their own, whose ids are not remembered: what is left is theirs.
    const others = () => numbersFrom(registered + firstDevices, emptiedDevices);
    await fillRegistry(link, node, others(), stopping);
    await fill(others());
    const emptied = await acknowledgeAll(link, others(), stopping, 'forgotten');
    const withEmptied = await used();
    await renewAll(link, others(), stopping);
    const withRenewed = await used();
    return {
      description: `${registered} devices, ${messages} messages of ${frame.length} bytes for some of them in queues of ${perDevice}, then all acked`,
      redisVersion: (await describeRedis(url)).version,
      figures: [
        figure('a registered device', 'bytes', (withDevices - empty) / registered),
        figure('a device that has acked ten messages', 'bytes', (withEmptied - withIds) / emptiedDevices),
        figure('the same, once its lease is renewed', 'bytes', (withRenewed - withIds) / emptiedDevices),
        figure('a queued message', 'bytes', (withMessages - withDevices) / messages),
        figure('a queued message, above its frame', 'bytes', (withMessages - withDevices) / messages - frame.length),
        figure('the id of a delivered message', 'bytes', (withIds - withDevices) / messages),
      ],
      spans: [],
      faults: [
        ...(devices === registered ? [] : [`${devices} of ${registered} devices were registered`]),
        ...(emptied === emptiedDevices * perDevice
          ? []
          : [`of ${emptiedDevices} other devices ${emptied} messages were acked`]),
        ...(stored === messages && taken === messages
          ? []
          : [`of ${messages} messages ${stored} were stored and ${taken} acked`]),
      ],
    };
  },
};

/** As edges do it: reads a page and acks what is on it, until nothing is left. Answers how many messages were taken out. */
async function acknowledgeAll(
  link: RedisLink,
  numbers: Iterable<number>,
  stopping: AbortSignal,
  ids: 'remembered' | 'forgotten' = 'remembered',
): Promise<number> {
  const queue = queueOf(link, node);
  let taken = 0;
  await byShard(link, node, numbers, async (lane, batch) => {
    for (let left = batch; left.length > 0; ) {
      stopping.throwIfAborted();
      const pages = await queue.pull(
        lane,
        left.map((one) => ({ ...one, cursor: 0 })),
      );
      const acks = pages.flatMap((page, index) => acksOf(page, left[index]!, ids));
      const states = await queue.acknowledge(lane, acks);
      taken += states.filter((state) => state === 'taken').length;
      left = left.filter((_, index) => pages[index]!.status === 'page' && (pages[index] as { more: boolean }).more);
    }
  });
  return taken;
}

/** As edges do it at half a lease. */
async function renewAll(link: RedisLink, numbers: Iterable<number>, stopping: AbortSignal): Promise<void> {
  const registry = registryOf(link, node);
  await byShard(link, node, numbers, async (lane, batch) => {
    stopping.throwIfAborted();
    await registry.check(lane, batch);
  });
}

function acksOf(page: Page, holder: Numbered, ids: 'remembered' | 'forgotten'): Acknowledgement[] {
  if (page.status === 'gone') return [];
  return page.messages.map(({ envelope, ...message }) => {
    const ack = { ...holder, ...message, digest: envelope.digest };
    return ids === 'remembered' ? ack : { ...ack, expiresAtMs: 0 };
  });
}
