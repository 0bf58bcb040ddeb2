import { setTimeout as pause } from 'node:timers/promises';
import { type ClusterRedis, startRedisCluster } from '@openrelay/launch';
import { NodeDirectory } from '@openrelay/state';
import { commonConditions, type ScenarioContext } from '../load/plan';
import { type Figure, figure, percentiles, sum, type Unit } from '../measuring/figure';
import { type Measured, measure } from '../measuring/measure';
import { cpuSeconds } from '../measuring/process-usage';
import { redisNumber } from '../measuring/redis-server';
import { type Cluster, startClusterWith } from '../relays/cluster';
import { fillRegistry, numbersFrom } from '../relays/fill-registry';
import { allShards, startLink } from '../relays/node-link';
import { SimulatedNode } from '../relays/simulated-node';
import type { Scenario } from './scenario';

const masters = 3;
const liveConnections = 20;
const reapedAtOnce = 256;
// Nodes without devices are looked at for a shorter time.
const nodesShare = 4;
const settleMs = 500;
/** A small death is over sooner than a live message comes. */
const leastLiveMs = 1000;

/** `urls` and `pids`: of each server, to be asked by itself. */
type Form = { name: string; redis: ClusterRedis; urls: string[]; pids: number[] };
type Rig = ScenarioContext & {
  form: Form;
  cluster: Cluster;
  nodes: SimulatedNode[];
  figures: Figure[];
  spans: Measured[];
  faults: string[];
};

/** What a large deployment costs its Redis: all registrations and nodes are there, and most nodes are simulated. */
export const wide: Scenario = {
  summary: 'one Redis and a Cluster of three with --registered devices on --nodes: idle, a death, a new node',
  defaults: { ...commonConditions, edges: 2, rate: 200, seconds: 60 },
  run: async (context) => {
    const { nodes, registered, seconds, rate, edges } = context.conditions;
    const parts = [await look(context, await oneRedis(context)), await look(context, await clusterOfThree())];
    return {
      description:
        `${registered} registered devices on ${nodes} nodes, one Redis and a Cluster of ${masters}; idle for ${seconds} s; ` +
        `at a death ${rate} messages/s among ${liveConnections} devices on ${edges} more edges`,
      redisVersion: parts[0]!.cluster.redisVersion,
      figures: parts.flatMap(({ figures }) => figures),
      spans: parts.flatMap(({ spans }) => spans),
      faults: parts.flatMap(({ faults }) => faults),
    };
  },
};

// A rewrite of the append-only file would be counted with what is measured.
const extraArgs = ['--auto-aof-rewrite-percentage', '0'];

async function oneRedis({ launch }: ScenarioContext): Promise<Form> {
  const redis = await launch.startRedis({ appendOnly: true, extraArgs });
  return { name: 'one Redis', redis, urls: [redis.url], pids: [redis.pid] };
}

async function clusterOfThree(): Promise<Form> {
  const redis = await startRedisCluster({ masters, replicasPerMaster: 0, extraArgs });
  const [urls, pids] = [redis.nodes.map(({ url }) => url), redis.nodes.map(({ pid }) => pid)];
  return { name: 'Cluster', redis, urls, pids };
}

/** All there is to see in one form of Redis. */
async function look(context: ScenarioContext, form: Form): Promise<Rig> {
  const { nodes: count, registered } = context.conditions;
  const cluster = await startClusterWith(context, form.redis, form.pids);
  const perNode = Math.ceil(registered / count);
  const nodes = Array.from({ length: count }, (_, index) => simulated(context, form, index, perNode));
  const progress = (line: string) => context.progress(`${form.name}: ${line}`);
  const rig: Rig = { ...context, progress, form, cluster, nodes, figures: [], spans: [], faults: [] };
  for (const step of [idleNodes, register, idleDevices, checkAll, death, reaping, newNode]) {
    rig.stopping.throwIfAborted();
    await step(rig);
  }
  for (const node of nodes) node.die();
  return rig;
}

function simulated({ keep }: ScenarioContext, form: Form, index: number, count: number): SimulatedNode {
  const node = new SimulatedNode(form.redis.url, `wide-${index}`, { first: index * count, count });
  keep({ stop: async () => node.die() });
  return node;
}

async function idleNodes(rig: Rig): Promise<void> {
  const ms = (1000 * rig.conditions.seconds) / nodesShare;
  for (const node of rig.nodes) await node.start();
  await idle(rig, 'probes', ms);
  for (const node of rig.nodes) node.startUpkeep();
  await idle(rig, 'probes and upkeep', ms);
}

async function idle(rig: Rig, name: string, ms: number): Promise<void> {
  await pause(settleMs, undefined, { signal: rig.stopping });
  const { seconds, wallSeconds } = await redisUsed(rig, () => pause(ms, undefined, { signal: rig.stopping }));
  add(rig, name, '% of a core', (100 * sum(seconds)) / wallSeconds);
  if (seconds.length > 1) add(rig, `${name} (busiest)`, '% of a core', (100 * Math.max(...seconds)) / wallSeconds);
}

async function register(rig: Rig): Promise<void> {
  const { nodes, form, stopping } = rig;
  const memory = async () => sum(await Promise.all(form.urls.map((url) => redisNumber(url, 'memory', 'used_memory'))));
  const before = await memory();
  let registered = 0;
  const { seconds } = await redisUsed(rig, async () => {
    for (const { link, name, devices } of nodes) {
      registered += await fillRegistry(link, name, numbersFrom(devices.first, devices.count), stopping);
    }
  });
  add(rig, 'a registration', 'µs/device', (1e6 * sum(seconds)) / registered);
  add(rig, 'memory for it', 'bytes', ((await memory()) - before) / registered);
}

async function idleDevices(rig: Rig): Promise<void> {
  for (const node of rig.nodes) node.startRenewals();
  await idle(rig, 'all idle', 1000 * rig.conditions.seconds);
}

/** As after a subscription that came back. */
async function checkAll(rig: Rig): Promise<void> {
  const { seconds } = await redisUsed(rig, async () => {
    for (const node of rig.nodes) await node.check(numbersFrom(node.devices.first, node.devices.count));
  });
  add(rig, 'a check', 'µs/device', (1e6 * sum(seconds)) / sum(rig.nodes.map(({ devices }) => devices.count)));
}

/** All devices of a node come to the others at once; live traffic on real edges meanwhile. */
async function death(rig: Rig): Promise<void> {
  const [dead, ...others] = rig.nodes;
  const { first, count } = dead!.devices;
  const live = { ...rig, conditions: { ...rig.conditions, connections: liveConnections } };
  const measured = await measure(live, rig.cluster, 'open', async () => {
    dead!.die();
    const liveEnough = pause(leastLiveMs, undefined, { signal: rig.stopping });
    const { seconds, wallSeconds } = await redisUsed(rig, () =>
      Promise.all(
        others.map(({ link, name }, index) =>
          fillRegistry(link, name, numbersFrom(first, count, index, others.length), rig.stopping),
        ),
      ),
    );
    add(rig, `death: ${count} are back after`, 'ms', 1000 * wallSeconds);
    add(rig, 'death: Redis CPU', 'ms', 1000 * sum(seconds));
    await liveEnough;
  });
  rig.figures.push(...percentiles(`${rig.form.name}: death: live delivery`, measured.delivery, [50, 99, 100]));
  rig.spans.push(measured);
}

/** A node dies and nobody comes: the janitor takes its registrations back. */
async function reaping(rig: Rig): Promise<void> {
  const [, dead] = rig.nodes;
  const directory = new NodeDirectory(await startLink(rig.keep, rig.form.redis.url));
  dead!.die();
  await pause(settleMs);
  let devices = 0;
  const { seconds, wallSeconds } = await redisUsed(rig, async () => {
    for (const shard of allShards) {
      for (let more = true; more; ) {
        rig.stopping.throwIfAborted();
        const reaped = await directory.reap(shard, dead!.name, reapedAtOnce);
        if (reaped.status === 'reaped') devices += reaped.devices;
        more = reaped.status === 'reaped' && reaped.more;
      }
    }
  });
  // It also took some of the node that died before.
  const least = dead!.devices.count;
  if (devices < least) rig.faults.push(`${rig.form.name}: the janitor took ${devices} of ${least} registrations back`);
  add(rig, `janitor: ${devices} reaped after`, 'ms', 1000 * wallSeconds);
  add(rig, 'janitor: Redis CPU', 'ms', 1000 * sum(seconds));
}

async function newNode(rig: Rig): Promise<void> {
  const { seconds, wallSeconds } = await redisUsed(rig, () => simulated(rig, rig.form, rig.nodes.length, 0).start());
  add(rig, 'a new node: listens after', 'ms', 1000 * wallSeconds);
  add(rig, 'a new node: Redis CPU', 'ms', 1000 * sum(seconds));
}

/** `seconds`: of CPU, of each server. */
async function redisUsed({ form }: Rig, meanwhile: () => Promise<unknown>) {
  const startedMs = performance.now();
  const before = form.pids.map((pid) => cpuSeconds([pid]));
  await meanwhile();
  const seconds = form.pids.map((pid, index) => cpuSeconds([pid]) - before[index]!);
  return { seconds, wallSeconds: (performance.now() - startedMs) / 1000 };
}

function add({ figures, form, progress }: Rig, name: string, unit: Unit, value: number): void {
  const named = figure(`${form.name}: ${name}`, unit, value);
  figures.push(named);
  progress(`${name}: ${value.toFixed(2)} ${unit}`);
}
