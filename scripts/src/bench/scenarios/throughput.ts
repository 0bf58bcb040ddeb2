/** Closed loop: what a message costs the edge, and Redis, beside what it costs the in-memory relay in the same run. */
import { commonConditions, type ScenarioContext } from '../load/plan';
import { atMost, type Figure, figure, type Goal, median, plural } from '../measuring/figure';
import { type Measured, measure } from '../measuring/measure';
import { type Cluster, startCluster, startMemoryRelay } from '../relays/cluster';
import type { Scenario, ScenarioResult } from './scenario';

type Goals = { ratio: Goal; redis: Goal };

export const throughput: Scenario = {
  summary: 'closed loop: messages/s and CPU a message, beside an in-memory relay',
  defaults: commonConditions,
  run: async (context) => compare(context, await startCluster(context), { ratio: atMost(1.7), redis: atMost(31) }),
};

export const large: Scenario = {
  summary: 'the same with messages of 64 KiB',
  defaults: { ...commonConditions, size: 65_536, connections: 40, window: 2 },
  run: async (context) => compare(context, await startCluster(context)),
};

export const limit: Scenario = {
  summary: 'the in-memory relay alone, without Redis or edge',
  defaults: commonConditions,
  run: (context) => compare(context, null),
};

/** One span of each relay in turn, so that whatever else the machine does falls on both. */
async function compare(context: ScenarioContext, cluster: Cluster | null, goals?: Goals): Promise<ScenarioResult> {
  const { size, connections, window, edges, rounds, seconds } = context.conditions;
  const memoryRelay = await startMemoryRelay(context);
  const memory: Measured[] = [];
  const edge: Measured[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of cluster === null ? [memoryRelay] : [memoryRelay, cluster]) {
      const measured = await measure(context, target, 'closed');
      (target === cluster ? edge : memory).push(measured);
      context.progress(`round ${round} of ${rounds}, ${inWords(measured)}`);
    }
  }
  return {
    description:
      `closed loop, ${size}-byte messages, ${connections} connections, window ${window}, ` +
      `${cluster === null ? 'no edge' : plural(edges, 'edge')}, ${plural(rounds, 'round')} of ${seconds} s (medians)`,
    redisVersion: cluster?.redisVersion ?? null,
    figures: [...memoryFigures(memory), ...(cluster === null ? [] : edgeFigures(edge, cpuOf(memory, 'memory'), goals))],
    spans: [...memory, ...edge],
  };
}

function inWords({ relay, messagesPerSecond, cpuMicrosecondsPerMessage }: Measured): string {
  const cpu = Object.entries(cpuMicrosecondsPerMessage).map(
    ([process, cost]) => `, ${process} ${Number.isNaN(cost) ? '?' : cost.toFixed(1)} µs/message`,
  );
  return `${relay}: ${Math.round(messagesPerSecond)} messages/s${cpu.join('')}`;
}

function memoryFigures(spans: readonly Measured[]): Figure[] {
  return [
    figure('in-memory relay, throughput', 'messages/s', median(spans.map((span) => span.messagesPerSecond))),
    figure('in-memory relay, CPU', 'µs/message', median(cpuOf(spans, 'memory'))),
  ];
}

function edgeFigures(spans: readonly Measured[], limits: readonly number[], goals?: Goals): Figure[] {
  const ratios = cpuOf(spans, 'edge').map((cost, round) => cost / limits[round]!);
  return [
    figure('edge, throughput', 'messages/s', median(spans.map((span) => span.messagesPerSecond))),
    figure('edge, CPU', 'µs/message', median(cpuOf(spans, 'edge'))),
    figure('edge / in-memory relay, CPU', 'times', median(ratios), goals?.ratio),
    figure('Redis, CPU', 'µs/message', median(cpuOf(spans, 'redis')), goals?.redis),
  ];
}

function cpuOf(spans: readonly Measured[], name: string): number[] {
  return spans.map((span) => span.cpuMicrosecondsPerMessage[name]!);
}
