/** Closed loop: what a message costs the edge, and Redis, beside what it costs the in-memory relay in the same run. */
import { startCluster } from '../cluster';
import { type Figure, figure, type Goal, median } from '../figure';
import { Load } from '../load/load';
import { addTotals, emptyTotals } from '../load/report';
import { type Measured, measure, type Watched } from '../measure';
import { type MemoryRelay, startMemoryRelay } from '../memory-relay';
import { withResources } from '../resources';
import type { Conditions, Scenario, ScenarioContext, ScenarioResult } from '../scenario';
import { summarize } from '../span-summary';
import { commonConditions, idsOf, planFor, plural, workersFor } from './conditions';

type Target = { name: 'memory' | 'edge'; ports: number[]; watched: Watched };
type Spans = Record<Target['name'], Measured[]>;
type Goals = { ratio: Goal | null; redis: Goal | null };

export const throughput: Scenario = {
  summary: 'closed loop: messages/s and CPU a message, beside an in-memory relay',
  defaults: commonConditions,
  run: (context) =>
    run(context, { ratio: { comparison: 'at most', limit: 1.7 }, redis: { comparison: 'at most', limit: 31 } }),
};

export const large: Scenario = {
  summary: 'the same with messages of 64 KiB',
  defaults: { ...commonConditions, size: 65_536, connections: 40, window: 2 },
  run: (context) => run(context, { ratio: null, redis: null }),
};

export const limit: Scenario = {
  summary: 'the in-memory relay alone, without Redis or edge',
  defaults: commonConditions,
  run: (context) =>
    withResources(async (resources) => {
      const spans = await alternate(context, [memoryTarget(await startMemoryRelay(resources, context.signal))]);
      return resultOf(context.conditions, spans, memoryFigures(spans.memory), null);
    }),
};

async function run(context: ScenarioContext, goals: Goals): Promise<ScenarioResult> {
  return withResources(async (resources) => {
    const memory = memoryTarget(await startMemoryRelay(resources, context.signal));
    const cluster = await startCluster(resources, context.conditions.edges, context.redisUrl);
    const watched = { edge: cluster.edgePids, redis: idsOf(cluster.redisPid) };
    const spans = await alternate(context, [memory, { name: 'edge', ports: cluster.ports, watched }]);
    return resultOf(context.conditions, spans, allFigures(spans, goals), cluster.redisVersion);
  });
}

function memoryTarget({ port, pid }: MemoryRelay): Target {
  return { name: 'memory', ports: [port], watched: { memory: [pid] } };
}

/** One span of each in turn, so that whatever else the machine does falls on both. */
async function alternate(context: ScenarioContext, targets: readonly Target[]): Promise<Spans> {
  const spans: Spans = { memory: [], edge: [] };
  for (let round = 1; round <= context.conditions.rounds; round += 1) {
    for (const target of targets) {
      const measured = await measureTarget(context, target);
      spans[target.name].push(measured);
      context.progress(`round ${round} of ${context.conditions.rounds}, ${inWords(target, measured)}`);
    }
  }
  return spans;
}

function inWords({ name }: Target, { messagesPerSecond, cpuMicrosecondsPerMessage }: Measured): string {
  const cpu = Object.entries(cpuMicrosecondsPerMessage).map(
    ([process, cost]) => `, ${process} ${cost === null ? '?' : cost.toFixed(1)} µs/message`,
  );
  return `${name}: ${Math.round(messagesPerSecond)} messages/s${cpu.join('')}`;
}

async function measureTarget(context: ScenarioContext, { ports, watched }: Target): Promise<Measured> {
  const { window, seconds, warmup } = context.conditions;
  const plan = planFor(context.conditions, ports, { kind: 'closed', window });
  return withResources(async (resources) => {
    const load = resources.keep(new Load(workersFor(context), context.signal));
    return measure(load, plan, { warmupSeconds: warmup, seconds }, watched, context.signal);
  });
}

function resultOf(
  { size, connections, window, edges, rounds, seconds }: Conditions,
  spans: Spans,
  figures: Figure[],
  redisVersion: string | null,
): ScenarioResult {
  const all = [...spans.memory, ...spans.edge];
  return {
    description:
      `closed loop, ${size}-byte messages, ${connections} connections, window ${window}, ` +
      `${spans.edge.length === 0 ? 'no edge' : plural(edges, 'edge')}, ${plural(rounds, 'round')} of ${seconds} s (medians)`,
    redisVersion,
    figures,
    spans: [
      ...spans.memory.map((span) => summarize('memory', span)),
      ...spans.edge.map((span) => summarize('edge', span)),
    ],
    totals: all.map(({ load }) => load.totals).reduce(addTotals, emptyTotals()),
    notes: [...new Set(all.flatMap(({ notes }) => notes))],
  };
}

function memoryFigures(spans: readonly Measured[]): Figure[] {
  return [
    figure('in-memory relay, throughput', 'messages/s', middle(spans.map((span) => span.messagesPerSecond))),
    figure('in-memory relay, CPU', 'µs/message', cpuOf(spans, 'memory')),
  ];
}

function allFigures({ memory, edge }: Spans, goals: Goals): Figure[] {
  const ratios = edge.map((span, round) => {
    const ours = span.cpuMicrosecondsPerMessage.edge ?? null;
    const limits = memory[round]?.cpuMicrosecondsPerMessage.memory ?? null;
    return ours === null || limits === null ? null : ours / limits;
  });
  return [
    ...memoryFigures(memory),
    figure('edge, throughput', 'messages/s', middle(edge.map((span) => span.messagesPerSecond))),
    figure('edge, CPU', 'µs/message', cpuOf(edge, 'edge')),
    figure('edge / in-memory relay, CPU', 'times', middle(ratios), goals.ratio),
    figure('Redis, CPU', 'µs/message', cpuOf(edge, 'redis'), goals.redis),
  ];
}

function cpuOf(spans: readonly Measured[], name: string): number | null {
  return middle(spans.map((span) => span.cpuMicrosecondsPerMessage[name] ?? null));
}

/** Null when one of them could not be measured. */
function middle(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length || known.length === 0 ? null : median(known);
}
