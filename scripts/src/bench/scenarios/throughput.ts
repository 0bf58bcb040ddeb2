/** Closed loop: what a message costs the edges, and Redis, beside what it costs the in-memory relay in the same run. */
import { commonConditions, type ScenarioContext } from '../load/plan';
import { type Figure, figure, median, plural } from '../measuring/figure';
import { type Measured, measure, type Target } from '../measuring/measure';
import { startCluster, startMemoryRelay } from '../relays/cluster';
import type { Scenario, ScenarioResult } from './scenario';

// From this size on the bytes of a message count, and no longer its being one.
const largeBytes = 16_384;

export const throughput: Scenario = {
  summary: 'closed loop: messages/s and CPU a message on one edge and two, beside an in-memory relay',
  defaults: { ...commonConditions, edges: 2, seconds: 3 },
  run: (context) => compare(context),
};

/** As devices are: many, and each with little to say. */
function ofMany(connections: number, edges: number): Scenario {
  return {
    summary: `the same among ${connections.toLocaleString('en-US')} devices that send one message at a time`,
    defaults: { ...commonConditions, connections, edges, window: 1, rounds: 2, seconds: 4 },
    run: (context) => compare(context),
  };
}

export const throughput4000 = ofMany(4_000, 2);
export const throughput12000 = ofMany(12_000, 1);

function ofLarge(size: number, connections: number): Scenario {
  return {
    summary: `the same with messages of ${size / 1024} KiB on one edge, in MB/s`,
    defaults: { ...commonConditions, size, connections, window: 2, rounds: 2, seconds: 3 },
    run: (context) => compare(context),
  };
}

export const large = ofLarge(64 * 1024, 40);
export const large400 = ofLarge(400 * 1024, 20);

export const limit: Scenario = {
  summary: 'the in-memory relay alone, without Redis or edge',
  defaults: commonConditions,
  run: (context) => compare(context, 'alone'),
};

/** One span of each relay in turn, so that whatever else the machine does falls on all. */
async function compare(context: ScenarioContext, alone?: 'alone'): Promise<ScenarioResult> {
  const { size, connections, window, edges, rounds, seconds } = context.conditions;
  const memoryRelay = await startMemoryRelay(context);
  const cluster = alone ? null : await startCluster(context);
  const numbers = cluster === null ? [] : [...new Set([1, edges])];
  const targets = new Map<string, Target>([['in-memory relay', memoryRelay]]);
  for (const number of numbers) targets.set(plural(number, 'edge'), cluster!.first(number));
  const spans = new Map<string, Measured[]>([...targets.keys()].map((name) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, target] of targets) {
      const measured = await measure(context, target, 'closed');
      spans.get(name)!.push(measured);
      context.progress(`round ${round} of ${rounds}, ${name}: ${inWords(measured)}`);
    }
  }
  const limits = spans.get('in-memory relay')!;
  return {
    description:
      `closed loop, ${size}-byte messages, ${connections} connections, window ${window}, ` +
      `${plural(rounds, 'round')} of ${seconds} s (medians)`,
    redisVersion: cluster?.redisVersion ?? null,
    figures: [...spans].flatMap(([name, measured]) => figuresOf(name, measured, limits, size)),
    spans: [...spans.values()].flat(),
  };
}

function inWords({ messagesPerSecond, cpuMicrosecondsPerMessage }: Measured): string {
  const cpu = Object.entries(cpuMicrosecondsPerMessage).map(
    ([process, cost]) => `, ${process} ${Number.isNaN(cost) ? '?' : cost.toFixed(1)} µs/message`,
  );
  return `${Math.round(messagesPerSecond)} messages/s${cpu.join('')}`;
}

function figuresOf(name: string, spans: readonly Measured[], limits: readonly Measured[], size: number): Figure[] {
  const isLarge = size >= largeBytes;
  const rates = spans.map(({ messagesPerSecond }) => messagesPerSecond);
  const rate = isLarge
    ? figure(`${name}, rate`, 'MB/s', (median(rates) * size) / 1e6)
    : figure(`${name}, rate`, 'messages/s', median(rates));
  if (spans === limits) return [rate, figure(`${name}, CPU`, 'µs/message', median(cpuOf(spans, 'memory')))];
  const redis = median(cpuOf(spans, 'redis'));
  const limitCpu = cpuOf(limits, 'memory');
  const toLimit = `${name} / in-memory relay`;
  const byRound = (values: readonly number[], ofLimit: readonly number[]) =>
    median(values.map((value, round) => value / ofLimit[round]!));
  return [
    rate,
    figure(`${name}, CPU`, 'µs/message', median(cpuOf(spans, 'edge'))),
    figure(`${name}, Redis CPU`, 'µs/message', redis),
    ...(isLarge ? [figure(`${name}, Redis CPU a byte`, 'ns/byte', (redis * 1000) / size)] : []),
    figure(
      `${toLimit}, rate`,
      'times',
      byRound(
        rates,
        limits.map(({ messagesPerSecond }) => messagesPerSecond),
      ),
    ),
    figure(`${toLimit}, CPU`, 'times', byRound(cpuOf(spans, 'edge'), limitCpu)),
  ];
}

function cpuOf(spans: readonly Measured[], name: string): number[] {
  return spans.map((span) => span.cpuMicrosecondsPerMessage[name]!);
}
