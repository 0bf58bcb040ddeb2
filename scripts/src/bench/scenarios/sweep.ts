import { Ledger, QueueSweeper, type RedisLink } from '@openrelay/state';
import { commonConditions, type ScenarioContext } from '../load/plan';
import { type Figure, figure } from '../measuring/figure';
import { describeRedis, redisNumber, watchRedis } from '../measuring/redis-server';
import { type Filling, fillQueues, freshDevices } from '../relays/fill-queues';
import { allShards, startLink } from '../relays/node-link';
import type { Scenario } from './scenario';

const perDevice = 10;
const pageQueues = 128;
const weekMs = 7 * 24 * 3600 * 1000;

/** `longestMs`: of a single call; NaN for a Redis that was given, since asking changes its settings. */
type Swept = { name: string; expired: number; expected: number; wallMs: number; redisMs: number; longestMs: number };
type Rig = ScenarioContext & { url: string; link: RedisLink };

/** What the janitor's sweep of expired messages costs Redis beside a million messages that stay. */
export const sweep: Scenario = {
  summary: 'sweeps of --queued messages in queues of 10, none, 1 % and 10 % of which have expired: Redis CPU',
  defaults: commonConditions,
  run: async (context) => {
    const rig = await startRig(context);
    const queues = Math.ceil(context.conditions.queued / perDevice);
    const staying = freshDevices(queues);
    await fillQueues(rig.link, { devices: staying, perDevice, ttlMs: weekMs }, context.stopping);
    context.progress(`${queues * perDevice} messages lie in ${queues} queues`);
    const percent = Math.ceil((queues * perDevice) / 100);
    const whole = (messages: number) => ({
      devices: freshDevices(Math.ceil(messages / perDevice)),
      perDevice,
      ttlMs: 0,
    });
    const sweeps = [
      await sweepOnce(rig, '0 %', whole(0)),
      await sweepOnce(rig, '1 % whole', whole(percent)),
      await sweepOnce(rig, '10 % whole', whole(10 * percent)),
      await sweepOnce(rig, '1 % scattered', {
        devices: staying.slice(0, percent),
        perDevice: 1,
        ttlMs: 0,
      }),
    ];
    return {
      description: `${queues * perDevice} messages stay in ${queues} queues; beside them others have expired`,
      redisVersion: (await describeRedis(rig.url)).version,
      figures: [...sweeps.flatMap(figuresOf), ...proportions(sweeps)],
      spans: [],
      faults: [...sweeps.flatMap(faultsOf), ...(await unbalanced(rig.link))],
      notes: [
        'Whole: all messages of a queue expire. Scattered: one in each of that many queues of messages that stay.',
      ],
    };
  },
};

async function startRig(context: ScenarioContext): Promise<Rig> {
  const { keep, redisUrl, launch } = context;
  // A rewrite of the append-only file in the midst of a sweep would be counted with it.
  const extraArgs = ['--auto-aof-rewrite-percentage', '0'];
  const url = redisUrl ?? keep(await launch.startRedis({ appendOnly: true, extraArgs })).url;
  return { ...context, url, link: await startLink(keep, url) };
}

async function sweepOnce(rig: Rig, name: string, filling: Filling): Promise<Swept> {
  const { url, link, redisUrl, stopping } = rig;
  await fillQueues(link, filling, stopping);
  const stallsSince = await watchRedis(url, redisUrl);
  const redisBeforeMs = await redisCpuMs(url);
  const startedMs = performance.now();
  const expired = await sweepShards(link, stopping);
  const wallMs = performance.now() - startedMs;
  const redisMs = (await redisCpuMs(url)) - redisBeforeMs;
  const { longestMs } = await stallsSince();
  rig.progress(`${name}: ${expired} messages in ${Math.round(wallMs)} ms`);
  return { name, expired, expected: filling.devices.length * filling.perDevice, wallMs, redisMs, longestMs };
}

async function sweepShards(link: RedisLink, stopping: AbortSignal): Promise<number> {
  const sweeper = new QueueSweeper(link);
  let expired = 0;
  for (const shard of allShards) {
    for (let more = true; more; ) {
      stopping.throwIfAborted();
      const page = await sweeper.sweep(shard, pageQueues);
      expired += page.expired;
      more = page.more;
    }
  }
  return expired;
}

async function redisCpuMs(url: string): Promise<number> {
  const seconds = (kind: string) => redisNumber(url, 'cpu', `used_cpu_${kind}_main_thread`);
  return 1000 * ((await seconds('user')) + (await seconds('sys')));
}

function figuresOf({ name, expired, wallMs, redisMs, longestMs }: Swept): Figure[] {
  const figures = [
    figure(`${name}: time`, 'ms', wallMs),
    figure(`${name}: Redis CPU`, 'ms', redisMs),
    figure(`${name}: longest call`, 'ms', longestMs),
    figure(`${name}: expired`, 'messages/s', (1000 * expired) / wallMs),
    figure(`${name}: Redis CPU each`, 'µs/message', (1000 * redisMs) / expired),
  ];
  return expired === 0 ? figures.slice(0, 3) : figures;
}

/** What a message costs must not depend on how many others there are. */
function proportions([none, one, ten]: Swept[]): Figure[] {
  const each = ten!.redisMs / ten!.expired / (one!.redisMs / one!.expired);
  return [
    figure('each of 10 % to each of 1 %', 'times', each),
    figure('0 % to 1 %, Redis CPU', 'times', none!.redisMs / one!.redisMs),
  ];
}

function faultsOf({ name, expired, expected }: Swept): string[] {
  return expired === expected ? [] : [`${name}: ${expired} messages were swept where ${expected} had expired`];
}

async function unbalanced(link: RedisLink): Promise<string[]> {
  const ledger = new Ledger(link);
  const audits = await Promise.all(allShards.map((shard) => ledger.audit(shard)));
  return audits.flatMap(({ status }, shard) =>
    status === 'balanced' ? [] : [`the books of shard ${shard} are ${status}`],
  );
}
