import { LoadWorkers } from '../load/load-workers';
import { commonConditions, nowEpochMs, type ScenarioContext, type StormReport } from '../load/plan';
import { type Figure, figure, median, percentiles, plural, sum } from '../measuring/figure';
import { type Measured, measure, type Target } from '../measuring/measure';
import { type RedisStalls, watchRedis } from '../measuring/redis-server';
import { startCluster, startMemoryRelay } from '../relays/cluster';
import { sortedLatencies } from '../tally/latencies';
import { addCounts, type LoadTotals, sumTotals } from '../tally/totals';
import type { Scenario } from './scenario';

const liveConnections = 20;
// Real devices notice a cut at somewhat different moments; this many connect or register at a time.
const handshakesAtOnce = 512;

type Weathered = { storm: StormReport; measured: Measured; totals: LoadTotals };

/** Many idle devices lose their connections at one instant and come back at once: what the live traffic feels of it. */
export const storm: Scenario = {
  summary:
    'idle devices cut off at once, and back within --seconds, beside an in-memory relay; latency of live traffic',
  defaults: { ...commonConditions, connections: 15_000, edges: 2, rate: 200, seconds: 60 },
  run: async (context) => {
    const { conditions, redisUrl } = context;
    const { connections, edges, rate, seconds, size } = conditions;
    const memoryRelay = await startMemoryRelay(context);
    const cluster = await startCluster(context);
    // Before and after, as the machine changes.
    const limits = [await weather(context, memoryRelay)];
    const stallsSince = await watchRedis(cluster.redisUrl, redisUrl);
    const weathered = await weather(context, cluster);
    const stalls = await stallsSince();
    limits.push(await weather(context, memoryRelay));
    const { failures } = weathered.storm;
    return {
      description:
        `${connections} idle devices cut at once and back, ${handshakesAtOnce} at a time, ${plural(edges, 'edge')}; ` +
        `meanwhile ${rate} messages/s of ${size} bytes among ${liveConnections} others`,
      redisVersion: cluster.redisVersion,
      figures: figuresOf(connections, weathered, stalls, limits),
      spans: [...limits, weathered].map(({ measured }) => measured),
      totals: sumTotals([...limits, weathered].map(({ totals }) => totals)),
      faults: [...limits, weathered].flatMap(({ storm: { missing }, measured: { relay } }) =>
        missing === 0 ? [] : [`${relay}: ${missing} devices were not registered again within ${seconds} s`],
      ),
      notes: [
        ...Object.entries(failures).map(([failure, count]) => `${count} attempts were tried again: ${failure}`),
        redisUrl === undefined
          ? `The longest command of Redis was ${stalls.longestCommand ?? 'not told'}.`
          : 'A Redis that was given is not asked for slow commands: that changes its settings.',
      ],
    };
  },
};

async function weather(context: ScenarioContext, target: Target): Promise<Weathered> {
  const { conditions, keep } = context;
  const { seconds } = conditions;
  const crowd = keep(new LoadWorkers({ ...context, workers: context.workers ?? 1 }));
  // They send nothing, so no messages are prepared.
  await crowd.connect({ ...conditions, size: 0, ports: target.ports, mode: 'idle' });
  context.progress(`${target.relay}: ${conditions.connections} devices are registered`);
  const reports: StormReport[] = [];
  const live = { ...context, conditions: { ...conditions, connections: liveConnections } };
  const measured = await measure(live, target, 'open', async () => {
    const giveUpAtMs = nowEpochMs() + seconds * 1000;
    reports.push(...(await crowd.ask('storm', { giveUpAtMs, handshakesAtOnce })));
  });
  const crowdReports = await crowd.ask('finish');
  await crowd.stop();
  context.progress(`${target.relay}: all are back after ${measured.seconds.toFixed(2)} s`);
  return { storm: mergeStorms(reports), measured, totals: sumTotals(crowdReports.map(({ totals }) => totals)) };
}

export function mergeStorms(reports: readonly StormReport[]): StormReport {
  const failures = {};
  for (const report of reports) addCounts(failures, report.failures);
  return {
    missing: sum(reports.map(({ missing }) => missing)),
    failures,
    registration: reports.flatMap(({ registration }) => registration),
  };
}

function figuresOf(connections: number, edges: Weathered, stalls: RedisStalls, limits: Weathered[]): Figure[] {
  const { missing, registration } = edges.storm;
  const { seconds, delivery, ack, sendLag } = edges.measured;
  const timeOf = ({ storm, measured }: Weathered) => (storm.missing === 0 ? measured.seconds : Number.NaN);
  const limit = median(limits.map(timeOf));
  return [
    figure('all registered again after', 's', timeOf(edges)),
    figure('in-memory relay, the same', 's', limit),
    figure('edges / in-memory relay, time', 'times', timeOf(edges) / limit),
    figure('registrations', 'devices/s', (connections - missing) / seconds),
    ...percentiles('registration', sortedLatencies([registration]), [50, 99, 100]),
    ...percentiles('live delivery', delivery, [50, 99, 100]),
    ...percentiles('live ack', ack, [99]),
    ...percentiles('generator lag', sendLag, [99]),
    figure('Redis, longest command', 'ms', stalls.longestMs),
    figure('Redis, slower than 10 ms', 'calls', stalls.slowCalls),
  ];
}
