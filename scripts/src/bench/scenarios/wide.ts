import { setTimeout as pause } from 'node:timers/promises';
import { type ClusterRedis, startRedisCluster } from '@openrelay/launch';
import { NodeDirectory } from '@openrelay/state';
import { type Conditions, commonConditions, type ScenarioContext } from '../load/plan';
import { type Figure, figure, percentiles, sum, type Unit } from '../measuring/figure';
import { type Measured, measure } from '../measuring/measure';
import { cpuSeconds } from '../measuring/process-usage';
import { redisNumber, watchRedis } from '../measuring/redis-server';
import { type Cluster, startClusterWith } from '../relays/cluster';
import { fillRegistry, numbersFrom } from '../relays/fill-registry';
import { allShards, startLink } from '../relays/node-link';
import { SimulatedNode } from '../relays/simulated-node';
import type { Scenario } from './scenario';

const masters = 3;
const liveConnections = 20;
// As the janitor's job does.
const reapedAtOnce = 128;
// Nodes without devices are looked at for a shorter time.
const nodesShare = 4;
const settleMs = 500;
/** Of each device. */
const messagesOfDay = 100;
const daySeconds = 86_400;
/** So many lines of progress tell how many nodes are done. */
const lines = 8;
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
  summary: 'one Redis and a Cluster of three with --registered devices on --nodes: idle, busy, a death, a new node',
  defaults: { ...commonConditions, connections: 1_000, edges: 2, window: 50, rate: 200, seconds: 60, size: 2_048 },
  run: async (context) => {
    const { nodes, registered, seconds, rate, edges, size } = context.conditions;
    const parts = [await look(context, await oneRedis(context)), await look(context, await clusterOfThree(context))];
    return {
      description:
        `${registered} registered devices on ${nodes} nodes, one Redis and a Cluster of ${masters}; idle for ${seconds} s; ` +
        `messages of ${size} bytes on ${edges} more edges: ${messagesOfDay} a day of each device, and at a death ${rate} messages/s`,
      redisVersion: parts[0]!.cluster.redisVersion,
      figures: parts.flatMap(({ figures }) => figures),
      spans: parts.flatMap(({ spans }) => spans),
      faults: parts.flatMap(({ faults }) => faults),
    };
  },
};

// A rewrite of the append-only file would be counted with what is measured.
const extraArgs = ['--auto-aof-rewrite-percentage', '0'];

async function oneRedis({ launch, keep }: ScenarioContext): Promise<Form> {
  const redis = keep(await launch.startRedis({ appendOnly: true, extraArgs }));
  return { name: 'one Redis', redis, urls: [redis.url], pids: [redis.pid] };
}

async function clusterOfThree({ keep }: ScenarioContext): Promise<Form> {
  const redis = keep(await startRedisCluster({ masters, replicasPerMaster: 0, extraArgs }));
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
  for (const step of [idleNodes, register, idleDevices, average, busiest, checkAll, death, reaping, newNode]) {
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
    for (const [index, { link, name, devices }] of nodes.entries()) {
      registered += await fillRegistry(link, name, numbersFrom(devices.first, devices.count), stopping);
      tellNow(rig, index, `${registered} devices are registered`);
    }
  });
  add(rig, 'a registration', 'µs/device', (1e6 * sum(seconds)) / registered);
  add(rig, 'memory for it', 'bytes', ((await memory()) - before) / registered);
}

async function idleDevices(rig: Rig): Promise<void> {
  for (const node of rig.nodes) node.startRenewals();
  await idle(rig, 'all idle', 1000 * rig.conditions.seconds);
}

/** The messages of all devices come from a few of them, which real edges hold; the others are there. */
async function average(rig: Rig): Promise<void> {
  const rate = Math.ceil((messagesOfDay * rig.conditions.registered) / daySeconds);
  const { messagesPerSecond, seconds, cpuSeconds, delivery } = await sending(rig, 'open', { rate });
  add(rig, 'average day: messages', 'messages/s', messagesPerSecond);
  add(rig, 'average day: Redis', '% of a core', (100 * cpuSeconds.redis!) / seconds);
  add(rig, 'average day: real edges', '% of a core', (100 * cpuSeconds.edge!) / seconds);
  addLatencies(rig, 'average day: delivery', delivery, [50, 99]);
}

/** As many messages as go through. */
async function busiest(rig: Rig): Promise<void> {
  const window = rig.conditions.window * rig.conditions.edges;
  const { messagesPerSecond, cpuMicrosecondsPerMessage } = await sending(rig, 'turns', { window });
  add(rig, 'busy: messages', 'messages/s', messagesPerSecond);
  add(rig, 'busy: Redis', 'µs/message', cpuMicrosecondsPerMessage.redis!);
  add(rig, 'busy: real edges', 'µs/message', cpuMicrosecondsPerMessage.edge!);
}

async function sending(rig: Rig, mode: 'open' | 'turns', load: Partial<Conditions>): Promise<Measured> {
  const seconds = Math.ceil(rig.conditions.seconds / nodesShare);
  const measured = await measure({ ...rig, conditions: { ...rig.conditions, ...load, seconds } }, rig.cluster, mode);
  rig.spans.push(measured);
  return measured;
}

/** As after a subscription that came back. */
async function checkAll(rig: Rig): Promise<void> {
  const { seconds } = await redisUsed(rig, async () => {
    for (const [index, node] of rig.nodes.entries()) {
      rig.stopping.throwIfAborted();
      await node.check(numbersFrom(node.devices.first, node.devices.count));
      tellNow(rig, index, `${index + 1} nodes have checked their devices`);
    }
  });
  add(rig, 'a check', 'µs/device', (1e6 * sum(seconds)) / sum(rig.nodes.map(({ devices }) => devices.count)));
}

/** All devices of a node come to the others at once; live traffic on real edges meanwhile. */
async function death(rig: Rig): Promise<void> {
  const [dead, ...others] = rig.nodes;
  const { first, count } = dead!.devices;
  const live = { ...rig, conditions: { ...rig.conditions, connections: liveConnections } };
  const stalls = await stallsOf(rig);
  const measured = await measure(live, rig.cluster, 'open', async () => {
    dead!.die();
    const liveEnough = pause(leastLiveMs, undefined, { signal: rig.stopping });
    let back: number[] = [];
    const { seconds, wallSeconds } = await redisUsed(rig, async () => {
      const parts = others.map((node, index) =>
        node.takeOver(numbersFrom(first, count, index, others.length), rig.stopping),
      );
      back = await Promise.all(parts);
    });
    if (sum(back) !== count) rig.faults.push(`${rig.form.name}: ${sum(back)} of ${count} devices came back`);
    add(rig, `death: ${count} are back after`, 'ms', 1000 * wallSeconds);
    add(rig, 'death: Redis CPU', 'ms', 1000 * sum(seconds));
    await liveEnough;
  });
  add(rig, 'death: longest call of Redis', 'ms', await stalls());
  addLatencies(rig, 'death: live delivery', measured.delivery, [50, 99, 100]);
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

/** Resolves to what asks how long the longest call took since then, of all servers. */
async function stallsOf({ form }: Rig): Promise<() => Promise<number>> {
  const watched = await Promise.all(form.urls.map((url) => watchRedis(url, undefined)));
  return async () =>
    Math.max(...(await Promise.all(watched.map((stalls) => stalls()))).map(({ longestMs }) => longestMs));
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

function addLatencies(rig: Rig, name: string, sorted: Float64Array, percents: readonly number[]): void {
  for (const one of percentiles(name, sorted, percents)) add(rig, one.name, one.unit, one.value);
}

/** Of the nodes one after the other. */
function tellNow({ nodes, progress }: Rig, index: number, line: string): void {
  if ((index + 1) % Math.ceil(nodes.length / lines) === 0) progress(line);
}
