/** What a registered device costs that says nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import { startCluster } from '../cluster';
import { figure } from '../figure';
import { Load } from '../load/load';
import { measure } from '../measure';
import { cpuSeconds, residentBytes, sum } from '../process-usage';
import { redisUsedBytes } from '../redis';
import { withResources } from '../resources';
import type { Scenario, ScenarioContext, ScenarioResult } from '../scenario';
import { summarize } from '../span-summary';
import { commonConditions, planFor, plural, workersFor } from './conditions';

export const idle: Scenario = {
  summary: 'registered devices that say nothing: memory and CPU for them',
  defaults: { ...commonConditions, connections: 10_000 },
  run,
};

/** For what is read at the end. */
const mostLookSeconds = 10;

async function run(context: ScenarioContext): Promise<ScenarioResult> {
  const { connections, edges, seconds } = context.conditions;
  return withResources(async (resources) => {
    const cluster = await startCluster(resources, edges, context.redisUrl);
    const before = sum(cluster.edgePids.map(residentBytes));
    const plan = planFor(context.conditions, cluster.ports, { kind: 'idle' });
    const load = resources.keep(new Load(workersFor(context), context.signal));
    const watched = { edge: cluster.edgePids };
    const redisBefore = await redisUsedBytes(cluster.redisUrl);
    let redisAfter: number | null = null;
    let cpuShare: number | null = null;
    let redisCpuShare: number | null = null;
    const redisPids = cluster.redisPid === undefined ? [] : [cluster.redisPid];
    const look = async () => {
      const cpuBefore = sum(cluster.edgePids.map(cpuSeconds));
      const redisCpuBefore = sum(redisPids.map(cpuSeconds));
      await pause(seconds * 1000, undefined, { signal: context.signal });
      const cpuAfter = sum(cluster.edgePids.map(cpuSeconds));
      cpuShare = difference(cpuBefore, cpuAfter, seconds / 100);
      redisCpuShare = difference(redisCpuBefore, sum(redisPids.map(cpuSeconds)), seconds / 100);
      redisAfter = await redisUsedBytes(cluster.redisUrl);
    };
    const timing = { warmupSeconds: 0, seconds: seconds + mostLookSeconds };
    const measured = await measure(load, plan, timing, watched, context.signal, look);
    const after = measured.residentBytes.edge ?? null;
    return {
      description: `${connections} idle connections, ${plural(edges, 'edge')}, looked at ${seconds} s after the last came`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('edge RSS before', 'bytes', before),
        figure('edge RSS after', 'bytes', after),
        figure('edge RSS, each connection', 'bytes', difference(before, after, connections), {
          comparison: 'at most',
          limit: 8_192,
        }),
        figure('edge CPU for all of them', '% of a core', cpuShare),
        figure('Redis CPU for all of them', '% of a core', redisCpuShare),
        figure('Redis memory, each device', 'bytes', difference(redisBefore, redisAfter, connections)),
      ],
      spans: [summarize('edge', measured)],
      totals: measured.load.totals,
      notes: measured.notes,
    };
  });
}

function difference(before: number | null, after: number | null, parts: number): number | null {
  return before === null || after === null ? null : (after - before) / parts;
}
