/** Closed loop: what a message costs the edge, and Redis, beside what it costs the in-memory relay in the same run. */
import { commonConditions, plural, type ScenarioContext } from '../measuring/conditions';
import { atMost, type Figure, figure, type Goal, median } from '../measuring/figure';
import { type Measured, measure, type Target } from '../measuring/measure';
import { startCluster, startMemoryRelay } from '../relays/cluster';
import type { Scenario, ScenarioResult } from './scenario';

type Spans = Record<Target['relay'], Measured[]>;
type Goals = { ratio: Goal | null; redis: Goal | null };

export const throughput: Scenario = {
  summary: 'closed loop: messages/s and CPU a message, beside an in-memory relay',
  defaults: commonConditions,
  run: (context) => compare(context, { ratio: atMost(1.7), redis: atMost(31) }),
};

export const large: Scenario = {
  summary: 'the same with messages of 64 KiB',
  defaults: { ...commonConditions, size: 65_536, connections: 40, window: 2 },
  run: (context) => compare(context, { ratio: null, redis: null }),
};

export const limit: Scenario = {
  summary: 'the in-memory relay alone, without Redis or edge',
  defaults: commonConditions,
  run: async (context) => {
    const spans = await alternate(context, [await startMemoryRelay(context.keep)]);
    return resultOf(context, spans, memoryFigures(spans.memory), null);
  },
};

async function compare(context: ScenarioContext, goals: Goals): Promise<ScenarioResult> {
  const memory = await startMemoryRelay(context.keep);
  const cluster = await startCluster(context.keep, context.conditions.edges, context.redisUrl);
  const spans = await alternate(context, [memory, cluster]);
  return resultOf(context, spans, allFigures(spans, goals), cluster.redisVersion);
}

/** One span of each in turn, so that whatever else the machine does falls on both. */
async function alternate(context: ScenarioContext, targets: readonly Target[]): Promise<Spans> {
  const { rounds, window } = context.conditions;
  const spans: Spans = { memory: [], edge: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of targets) {
      const measured = await measure(context, target, { kind: 'closed', window });
      spans[target.relay].push(measured);
      context.progress(`round ${round} of ${rounds}, ${inWords(measured)}`);
    }
  }
  return spans;
}

function inWords({ relay, messagesPerSecond, cpuMicrosecondsPerMessage }: Measured): string {
  const cpu = Object.entries(cpuMicrosecondsPerMessage).map(
    ([process, cost]) => `, ${process} ${Number.isNaN(cost) ? '?' : cost.toFixed(1)} µs/message`,
  );
  return `${relay}: ${Math.round(messagesPerSecond)} messages/s${cpu.join('')}`;
}

function resultOf(
  { conditions }: ScenarioContext,
  spans: Spans,
  figures: Figure[],
  redisVersion: string | null,
): ScenarioResult {
  const { size, connections, window, edges, rounds, seconds } = conditions;
  return {
    description:
      `closed loop, ${size}-byte messages, ${connections} connections, window ${window}, ` +
      `${spans.edge.length === 0 ? 'no edge' : plural(edges, 'edge')}, ${plural(rounds, 'round')} of ${seconds} s (medians)`,
    redisVersion,
    figures,
    spans: [...spans.memory, ...spans.edge],
  };
}

function memoryFigures(spans: readonly Measured[]): Figure[] {
  return [
    figure('in-memory relay, throughput', 'messages/s', median(spans.map((span) => span.messagesPerSecond))),
    figure('in-memory relay, CPU', 'µs/message', median(cpuOf(spans, 'memory'))),
  ];
}

function allFigures({ memory, edge }: Spans, goals: Goals): Figure[] {
  const limits = cpuOf(memory, 'memory');
  const ratios = cpuOf(edge, 'edge').map((cost, round) => cost / limits[round]!);
  return [
    ...memoryFigures(memory),
    figure('edge, throughput', 'messages/s', median(edge.map((span) => span.messagesPerSecond))),
    figure('edge, CPU', 'µs/message', median(cpuOf(edge, 'edge'))),
    figure('edge / in-memory relay, CPU', 'times', median(ratios), goals.ratio),
    figure('Redis, CPU', 'µs/message', median(cpuOf(edge, 'redis')), goals.redis),
  ];
}

function cpuOf(spans: readonly Measured[], name: string): number[] {
  return spans.map((span) => span.cpuMicrosecondsPerMessage[name]!);
}
