/** Many idle devices lose their connections at one instant and come back at once: what the live traffic feels of it. */
import { startCluster } from '../cluster';
import { type Figure, figure } from '../figure';
import { Crowd } from '../load/crowd';
import type { StormReport } from '../load/crowd-plan';
import { Load } from '../load/load';
import { addTotals, emptyTotals } from '../load/report';
import { type Measured, measure } from '../measure';
import { beginRedisWatch, endRedisWatch, type RedisStalls } from '../redis-watch';
import { withResources } from '../resources';
import type { Conditions, Scenario, ScenarioContext, ScenarioResult } from '../scenario';
import { summarize } from '../span-summary';
import { commonConditions, idsOf, planFor, plural, workersFor } from './conditions';

const liveConnections = 20;
// Real devices notice a cut at somewhat different moments; this many connect or register at a time.
const handshakesAtOnce = 512;
// The last attempts may begin just before the limit and still be answered.
const lastAttemptSeconds = 30;

type Outcome = {
  storm: StormReport;
  stalls: RedisStalls | undefined;
  closes: Record<string, number>;
  measured: Measured;
};

export const storm: Scenario = {
  summary: 'idle devices cut off at once, and back within --seconds: latency of live traffic meanwhile',
  defaults: { ...commonConditions, connections: 10_000, edges: 2, rate: 200, seconds: 60 },
  run,
};

async function run(context: ScenarioContext): Promise<ScenarioResult> {
  const { conditions, redisUrl, signal } = context;
  return withResources(async (resources) => {
    const cluster = await startCluster(resources, conditions.edges, redisUrl);
    const crowd = resources.keep(new Crowd(workersFor({ ...context, workers: context.workers ?? 1 }), signal));
    const live: ScenarioContext = { ...context, conditions: { ...conditions, connections: liveConnections } };
    const load = resources.keep(new Load(workersFor(live), signal));
    await crowd.gather({ ports: cluster.ports, devices: conditions.connections }, handshakesAtOnce);
    context.progress(`${conditions.connections} devices are registered`);
    const watchedUrl = redisUrl === undefined ? cluster.redisUrl : undefined;
    if (watchedUrl) await beginRedisWatch(watchedUrl);

    const plan = planFor(live.conditions, cluster.ports, { kind: 'open', messagesPerSecond: conditions.rate });
    const timing = { warmupSeconds: conditions.warmup, seconds: conditions.seconds + lastAttemptSeconds };
    const watched = { edge: cluster.edgePids, redis: idsOf(cluster.redisPid) };
    const reports: StormReport[] = [];
    const measured = await measure(load, plan, timing, watched, signal, async () => {
      reports.push(await crowd.storm(conditions.seconds * 1000));
    });
    const stalls = watchedUrl ? await endRedisWatch(watchedUrl) : undefined;
    const outcome = { storm: reports[0]!, stalls, closes: await crowd.disperse(), measured };
    return resultOf(conditions, cluster.redisVersion, outcome);
  });
}

function resultOf(conditions: Conditions, redisVersion: string, outcome: Outcome): ScenarioResult {
  const { connections, edges, rate, seconds, size } = conditions;
  const { storm, stalls, closes, measured } = outcome;
  return {
    description:
      `${connections} idle devices cut at once and back, ${handshakesAtOnce} at a time, ${plural(edges, 'edge')}; ` +
      `meanwhile ${rate} messages/s of ${size} bytes among ${liveConnections} others`,
    redisVersion,
    figures: figuresOf(connections, outcome),
    spans: [summarize('edge', measured)],
    totals: addTotals(measured.load.totals, { ...emptyTotals(), closes }),
    faults: storm.missing === 0 ? [] : [`${storm.missing} devices were not registered again within ${seconds} s`],
    notes: [...measured.notes, ...notesOf(storm, stalls)],
  };
}

function figuresOf(connections: number, { storm, stalls, measured }: Outcome): Figure[] {
  const { registration } = storm;
  const { delivery, ack, sendLag } = measured.load;
  const backSeconds = (storm.backAtMs - storm.cutAtMs) / 1000;
  const isWhole = storm.missing === 0;
  return [
    figure('all registered again after', 's', isWhole ? backSeconds : null),
    figure('registrations', 'devices/s', (connections - storm.missing) / backSeconds),
    figure('registration, p50', 'ms', registration.percentileMs(50)),
    figure('registration, p99', 'ms', registration.percentileMs(99)),
    figure('registration, longest', 'ms', registration.total === 0 ? null : registration.maxMs),
    figure('live delivery, p50', 'ms', delivery.percentileMs(50)),
    figure('live delivery, p99', 'ms', delivery.percentileMs(99), { comparison: 'under', limit: 1_000 }),
    figure('live delivery, longest', 'ms', delivery.total === 0 ? null : delivery.maxMs),
    figure('live ack, p99', 'ms', ack.percentileMs(99)),
    figure('generator lag, p99', 'ms', sendLag.percentileMs(99)),
    figure('Redis, longest command', 'ms', stalls?.longestMs ?? null),
    figure('Redis, slower than 10 ms', 'calls', stalls?.slowCalls ?? null),
  ];
}

function notesOf({ failures }: StormReport, stalls: RedisStalls | undefined): string[] {
  const notes = Object.entries(failures).map(([failure, count]) => `${count} attempts were tried again: ${failure}`);
  if (!stalls) notes.push('A Redis that was given is not asked for slow commands: that changes its settings.');
  else if (stalls.longestCommand) notes.push(`The longest command of Redis was ${stalls.longestCommand}.`);
  return notes;
}
