import { LoadWorkers } from '../load/load-workers';
import { nowEpochMs, type StormReport } from '../load/plan';
import { commonConditions, planUnder, plural, type ScenarioContext, workersFor } from '../measuring/conditions';
import { type Figure, figure, sum, under } from '../measuring/figure';
import { type Measured, measure } from '../measuring/measure';
import { beginRedisWatch, endRedisWatch, type RedisStalls } from '../measuring/redis-server';
import { startCluster } from '../relays/cluster';
import { Histogram } from '../tally/histogram';
import { addCounts, sumTotals } from '../tally/totals';
import type { Scenario } from './scenario';

const liveConnections = 20;
// Real devices notice a cut at somewhat different moments; this many connect or register at a time.
const handshakesAtOnce = 512;
// The last attempts may begin just before the limit and still be answered.
const lastAttemptSeconds = 30;

/** Many idle devices lose their connections at one instant and come back at once: what the live traffic feels of it. */
export const storm: Scenario = {
  summary: 'idle devices cut off at once, and back within --seconds: latency of live traffic meanwhile',
  defaults: { ...commonConditions, connections: 10_000, edges: 2, rate: 200, seconds: 60 },
  run: async (context) => {
    const { conditions, redisUrl, keep } = context;
    const { connections, edges, rate, seconds, size } = conditions;
    const cluster = await startCluster(keep, edges, redisUrl);
    const crowd = await connectCrowd(context, cluster.ports);
    const watchedUrl = redisUrl === undefined ? cluster.redisUrl : undefined;
    if (watchedUrl) await beginRedisWatch(watchedUrl);
    const reports: StormReport[] = [];
    const live: ScenarioContext = { ...context, conditions: { ...conditions, connections: liveConnections } };
    const measured = await measure(
      live,
      cluster,
      { kind: 'open', messagesPerSecond: rate },
      {
        mostSeconds: seconds + lastAttemptSeconds,
        run: async () => {
          const storm = {
            giveUpAtMs: nowEpochMs() + seconds * 1000,
            handshakesAtOnce: crowd.shareOf(handshakesAtOnce),
          };
          reports.push(...(await crowd.ask('storm', storm)));
        },
      },
    );
    const stalls = watchedUrl ? await endRedisWatch(watchedUrl) : undefined;
    const nowMs = nowEpochMs();
    const atOnce = { startAtMs: nowMs, measureFromMs: nowMs, measureToMs: nowMs, drainMs: 0 };
    const crowdReports = await crowd.ask('run', atOnce);
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
      notes: notesOf(merged, stalls),
    };
  },
};

async function connectCrowd(context: ScenarioContext, ports: number[]): Promise<LoadWorkers> {
  const { connections } = context.conditions;
  const crowd = context.keep(
    new LoadWorkers(workersFor({ ...context, workers: context.workers ?? 1 }), context.stopping),
  );
  // They send nothing, so no messages are prepared.
  await crowd.connect(planUnder({ ...context.conditions, size: 0 }, ports, { kind: 'idle' }));
  context.progress(`${connections} devices are registered`);
  return crowd;
}

/** Of several workers: from the first cut to the last registration. */
export function mergeStorms(reports: readonly StormReport[]): StormReport<Histogram> {
  const failures = {};
  for (const report of reports) addCounts(failures, report.failures);
  return {
    cutAtMs: Math.min(...reports.map(({ cutAtMs }) => cutAtMs)),
    backAtMs: Math.max(...reports.map(({ backAtMs }) => backAtMs)),
    missing: sum(reports.map(({ missing }) => missing)),
    failures,
    registration: Histogram.of(reports.map(({ registration }) => registration)),
  };
}

function figuresOf(
  connections: number,
  { cutAtMs, backAtMs, missing, registration }: StormReport<Histogram>,
  stalls: RedisStalls | undefined,
  { delivery, ack, sendLag }: Measured,
): Figure[] {
  const backSeconds = (backAtMs - cutAtMs) / 1000;
  return [
    figure('all registered again after', 's', missing === 0 ? backSeconds : Number.NaN),
    figure('registrations', 'devices/s', (connections - missing) / backSeconds),
    figure('registration, p50', 'ms', registration.percentileMs(50)),
    figure('registration, p99', 'ms', registration.percentileMs(99)),
    figure('registration, longest', 'ms', registration.percentileMs(100)),
    figure('live delivery, p50', 'ms', delivery.percentileMs(50)),
    figure('live delivery, p99', 'ms', delivery.percentileMs(99), under(1_000)),
    figure('live delivery, longest', 'ms', delivery.percentileMs(100)),
    figure('live ack, p99', 'ms', ack.percentileMs(99)),
    figure('generator lag, p99', 'ms', sendLag.percentileMs(99)),
    figure('Redis, longest command', 'ms', stalls?.longestMs ?? Number.NaN),
    figure('Redis, slower than 10 ms', 'calls', stalls?.slowCalls ?? Number.NaN),
  ];
}

function notesOf({ failures }: StormReport<Histogram>, stalls: RedisStalls | undefined): string[] {
  const notes = Object.entries(failures).map(([failure, count]) => `${count} attempts were tried again: ${failure}`);
  if (!stalls) notes.push('A Redis that was given is not asked for slow commands: that changes its settings.');
  else if (stalls.longestCommand) notes.push(`The longest command of Redis was ${stalls.longestCommand}.`);
  return notes;
}
