import { setTimeout as pause } from 'node:timers/promises';
import { commonConditions } from '../load/plan';
import { figure, plural } from '../measuring/figure';
import { measure } from '../measuring/measure';
import { residentBytes } from '../measuring/process-usage';
import { redisNumber } from '../measuring/redis-server';
import { startCluster } from '../relays/cluster';
import type { Scenario } from './scenario';

/** What a registered device costs that says nothing. */
export const idle: Scenario = {
  summary: 'registered devices that say nothing: memory and CPU for them',
  // V8 gives the memory of what came and went back after half a minute of quiet.
  defaults: { ...commonConditions, connections: 10_000, seconds: 45 },
  run: async (context) => {
    const { connections, edges, seconds } = context.conditions;
    const cluster = await startCluster(context);
    const redisUsedBytes = () => redisNumber(cluster.redisUrl, 'memory', 'used_memory');
    const before = residentBytes(cluster.watched.edge!);
    const redisBefore = await redisUsedBytes();
    let redisAfter = Number.NaN;
    const measured = await measure(context, cluster, 'idle', async () => {
      await pause(seconds * 1000, undefined, { signal: context.stopping });
      redisAfter = await redisUsedBytes();
    });
    const after = measured.residentBytes.edge!;
    const coreShare = (name: string) => (100 * measured.cpuSeconds[name]!) / measured.seconds;
    return {
      description: `${connections} idle connections, ${plural(edges, 'edge')}, looked at ${seconds} s after the last came`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('edge RSS before', 'bytes', before),
        figure('edge RSS after', 'bytes', after),
        figure('edge RSS, each connection', 'bytes', (after - before) / connections),
        figure('edge CPU for all of them', '% of a core', coreShare('edge')),
        figure('Redis CPU for all of them', '% of a core', coreShare('redis')),
        figure('Redis memory, each device', 'bytes', (redisAfter - redisBefore) / connections),
      ],
      spans: [measured],
    };
  },
};
