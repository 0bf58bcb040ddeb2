/** What the janitor's sweep of expired messages costs Redis beside a million messages that stay. */
import { askRedis, startRedis } from '@openrelay/launch';
import type { DeviceKey } from '@openrelay/protocol';
import { agreeOnShards, Ledger, QueueSweeper, RedisLink } from '@openrelay/state';
import { type Figure, figure } from '../figure';
import { emptyTotals } from '../load/report';
import { type Filling, freshDevices, QueueFiller } from '../queue-filler';
import { describeRedis } from '../redis';
import { beginRedisWatch, endRedisWatch } from '../redis-watch';
import { type Resources, withResources } from '../resources';
import type { Scenario, ScenarioContext, ScenarioResult } from '../scenario';
import { commonConditions } from './conditions';

const shards = 16;
const messagesPerQueue = 10;
const pageQueues = 128;
const weekMs = 7 * 24 * 3600 * 1000;
const connectTimeoutMs = 5_000;
const commandTimeoutMs = 10_000;

/** `longestMs`: of a single call; undefined for a Redis that was given, since asking changes its settings. */
type Swept = {
  name: string;
  expired: number;
  expected: number;
  wallMs: number;
  redisMs: number;
  longestMs: number | undefined;
};
type Bench = { url: string; link: RedisLink; filler: QueueFiller; context: ScenarioContext };

export const sweep: Scenario = {
  summary: 'sweeps of --queued messages in queues of 10, none, 1 % and 10 % of which have expired: Redis CPU',
  defaults: commonConditions,
  run,
};

async function run(context: ScenarioContext): Promise<ScenarioResult> {
  return withResources(async (resources) => {
    const url = context.redisUrl ?? (await ownRedis(resources));
    const link = await linkTo(url, resources);
    const bench = { url, link, filler: new QueueFiller(link, shards), context };
    const queues = Math.ceil(context.conditions.queued / messagesPerQueue);
    const staying = freshDevices(queues);
    await bench.filler.fill({ devices: staying, perDevice: messagesPerQueue, ttlMs: weekMs }, context.signal);
    context.progress(`${queues * messagesPerQueue} messages lie in ${queues} queues`);
    const sweeps = await sweepAll(bench, staying);
    return {
      description: `${queues * messagesPerQueue} messages stay in ${queues} queues; beside them others have expired`,
      redisVersion: (await describeRedis(url)).version,
      figures: [...sweeps.flatMap(figuresOf), ...proportions(sweeps)],
      spans: [],
      totals: emptyTotals(),
      faults: [...sweeps.flatMap(faultsOf), ...(await unbalanced(link))],
      notes: [
        'Whole: all messages of a queue expire. Scattered: one in each of that many queues of messages that stay.',
      ],
    };
  });
}

async function ownRedis(resources: Resources): Promise<string> {
  // A rewrite of the append-only file in the midst of a sweep would be counted with it.
  const extraArgs = ['--auto-aof-rewrite-percentage', '0'];
  return resources.keep(await startRedis({ appendOnly: true, extraArgs })).url;
}

async function linkTo(url: string, resources: Resources): Promise<RedisLink> {
  const link = new RedisLink({ url, commandTimeoutMs, monotonicMs: () => performance.now() });
  resources.keep({ stop: async () => link.close() });
  await link.connect(connectTimeoutMs);
  await agreeOnShards(link, shards);
  return link;
}

async function sweepAll(bench: Bench, staying: readonly DeviceKey[]): Promise<Swept[]> {
  const percent = Math.ceil((staying.length * messagesPerQueue) / 100);
  const whole = (messages: number): Filling => ({
    devices: freshDevices(Math.ceil(messages / messagesPerQueue)),
    perDevice: messagesPerQueue,
    ttlMs: 0,
  });
  const scattered: Filling = { devices: staying.slice(0, percent), perDevice: 1, ttlMs: 0 };
  return [
    await sweepOnce(bench, '0 %', { devices: [], perDevice: 0, ttlMs: 0 }),
    await sweepOnce(bench, '1 % whole', whole(percent)),
    await sweepOnce(bench, '10 % whole', whole(10 * percent)),
    await sweepOnce(bench, '1 % scattered', scattered),
  ];
}

async function sweepOnce({ url, link, filler, context }: Bench, name: string, filling: Filling): Promise<Swept> {
  await filler.fill(filling, context.signal);
  const isOurs = context.redisUrl === undefined;
  if (isOurs) await beginRedisWatch(url);
  const redisBefore = await redisCpuMs(url);
  const startedMs = performance.now();
  const expired = await sweepShards(link, context.signal);
  const wallMs = performance.now() - startedMs;
  const redisMs = (await redisCpuMs(url)) - redisBefore;
  const longestMs = isOurs ? (await endRedisWatch(url)).longestMs : undefined;
  context.progress(`${name}: ${expired} messages in ${Math.round(wallMs)} ms`);
  return { name, expired, expected: filling.devices.length * filling.perDevice, wallMs, redisMs, longestMs };
}

async function sweepShards(link: RedisLink, signal: AbortSignal): Promise<number> {
  const sweeper = new QueueSweeper(link);
  let expired = 0;
  for (let shard = 0; shard < shards; shard += 1) {
    for (let more = true; more; ) {
      signal.throwIfAborted();
      const page = await sweeper.sweep(shard, pageQueues);
      expired += page.expired;
      more = page.more;
    }
  }
  return expired;
}

async function redisCpuMs(url: string): Promise<number> {
  const info = await askRedis(url, ['INFO', 'cpu']);
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN);
  return 1000 * (seconds('used_cpu_user_main_thread') + seconds('used_cpu_sys_main_thread'));
}

function eachMicroseconds({ redisMs, expired }: Swept): number {
  return (1000 * redisMs) / expired;
}

function figuresOf(swept: Swept): Figure[] {
  const { name, expired, wallMs, redisMs, longestMs } = swept;
  const figures = [
    figure(`${name}: time`, 'ms', wallMs),
    figure(`${name}: Redis CPU`, 'ms', redisMs),
    figure(`${name}: longest call`, 'ms', longestMs ?? null),
  ];
  if (expired === 0) return figures;
  return [
    ...figures,
    figure(`${name}: expired`, 'messages/s', (1000 * expired) / wallMs),
    figure(`${name}: Redis CPU each`, 'µs/message', eachMicroseconds(swept)),
  ];
}

/** What a message costs must not depend on how many others there are. */
function proportions([none, one, ten]: Swept[]): Figure[] {
  return [
    figure('each of 10 % to each of 1 %', 'times', eachMicroseconds(ten!) / eachMicroseconds(one!), {
      comparison: 'at most',
      limit: 1.5,
    }),
    figure('0 % to 1 %, Redis CPU', 'times', none!.redisMs / one!.redisMs, { comparison: 'at most', limit: 0.2 }),
  ];
}

function faultsOf({ name, expired, expected }: Swept): string[] {
  return expired === expected ? [] : [`${name}: ${expired} messages were swept where ${expected} had expired`];
}

async function unbalanced(link: RedisLink): Promise<string[]> {
  const ledger = new Ledger(link);
  const faults: string[] = [];
  for (let shard = 0; shard < shards; shard += 1) {
    const audit = await ledger.audit(shard);
    if (audit.status !== 'balanced') faults.push(`the books of shard ${shard} are ${audit.status}`);
  }
  return faults;
}
