import { LoadWorkers } from '../load/load-workers';
import { commonConditions, nowEpochMs, type StormReport } from '../load/plan';
import { type Figure, figure, percentiles, plural, sum, under } from '../measuring/figure';
import { type Measured, measure } from '../measuring/measure';
import { type RedisStalls, watchRedis } from '../measuring/redis-server';
import { startCluster } from '../relays/cluster';
import { sortedLatencies } from '../tally/latencies';
import { addCounts, sumTotals } from '../tally/totals';
import type { Scenario } from './scenario';

const liveConnections = 20;
// Real devices notice a cut at somewhat different moments; this many connect or register at a time.
const handshakesAtOnce = 512;

/** Many idle devices lose their connections at one instant and come back at once: what the live traffic feels of it. */
export const storm: Scenario = {
  summary: 'idle devices cut off at once, and back within --seconds: latency of live traffic meanwhile',
  defaults: { ...commonConditions, connections: 10_000, edges: 2, rate: 200, seconds: 60 },
  run: async (context) => {
    const { conditions, redisUrl, keep } = context;
    const { connections, edges, rate, seconds, size } = conditions;
    const cluster = await startCluster(context);
    const crowd = keep(new LoadWorkers({ ...context, workers: context.workers ?? 1 }));
    // They send nothing, so no messages are prepared.
    await crowd.connect({ ...conditions, size: 0, ports: cluster.ports, mode: 'idle' });
    context.progress(`${connections} devices are registered`);
    const stallsSince = await watchRedis(cluster.redisUrl, redisUrl);
    const reports: StormReport[] = [];
    const live = { ...context, conditions: { ...conditions, connections: liveConnections } };
    const measured = await measure(live, cluster, 'open', async () => {
      const giveUpAtMs = nowEpochMs() + seconds * 1000;
      reports.push(...(await crowd.ask('storm', { giveUpAtMs, handshakesAtOnce })));
    });
    const stalls = await stallsSince();
    const crowdReports = await crowd.ask('finish');
    const merged = mergeStorms(reports);
    return {
      description:
        `${connections} idle devices cut at once and back, ${handshakesAtOnce} at a time, ${plural(edges, 'edge')}; ` +
        `meanwhile ${rate} messages/s of ${size} bytes among ${liveConnections} others`,
      redisVersion: cluster.redisVersion,
      figures: figuresOf(connections, merged, stalls, measured),
      spans: [measured],
      totals: sumTotals(crowdReports.map(({ totals }) => totals)),
      faults: merged.missing === 0 ? [] : [`${merged.missing} devices were not registered again within ${seconds} s`],
      notes: [
        ...Object.entries(merged.failures).map(([failure, count]) => `${count} attempts were tried again: ${failure}`),
        redisUrl === undefined
          ? `The longest command of Redis was ${stalls.longestCommand ?? 'not told'}.`
          : 'A Redis that was given is not asked for slow commands: that changes its settings.',
      ],
    };
  },
};

export function mergeStorms(reports: readonly StormReport[]): StormReport {
  const failures = {};
  for (const report of reports) addCounts(failures, report.failures);
  return {
    missing: sum(reports.map(({ missing }) => missing)),
    failures,
    registration: reports.flatMap(({ registration }) => registration),
  };
}

function figuresOf(
  connections: number,
  { missing, registration }: StormReport,
  stalls: RedisStalls,
  { seconds, delivery, ack, sendLag }: Measured,
): Figure[] {
  return [
    figure('all registered again after', 's', missing === 0 ? seconds : Number.NaN),
    figure('registrations', 'devices/s', (connections - missing) / seconds),
    ...percentiles('registration', sortedLatencies([registration]), [50, 99, 100]),
    ...percentiles('live delivery', delivery, [50, 99, 100], { 99: under(1_000) }),
    ...percentiles('live ack', ack, [99]),
    ...percentiles('generator lag', sendLag, [99]),
    figure('Redis, longest command', 'ms', stalls.longestMs),
    figure('Redis, slower than 10 ms', 'calls', stalls.slowCalls),
  ];
}
