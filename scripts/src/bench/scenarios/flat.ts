import { commonConditions, type ScenarioContext } from '../load/plan';
import { type Figure, figure, median, plural } from '../measuring/figure';
import { type Measured, measure } from '../measuring/measure';
import { type Cluster, startCluster } from '../relays/cluster';
import { fillQueues, freshDevices } from '../relays/fill-queues';
import { fillRegistry, numbersFrom } from '../relays/fill-registry';
import { startLink } from '../relays/node-link';
import type { Scenario } from './scenario';

const perDevice = 10;
const weekMs = 7 * 24 * 3600 * 1000;
const fewConnections = 100;
const usualConnections = 1_000;
const usualEdges = 2;

/** One size of what the cost of a message must not depend on; filled when its turn comes. */
type Point = { name: string; connections?: number; edges?: number; fill?: () => Promise<unknown> };

/** What a message costs whatever else there is: at one rate, so that batches are no larger where there is more. */
export const flat: Scenario = {
  summary: 'open loop at --rate: CPU a message by connections, edges, queued messages and registered ids',
  defaults: { ...commonConditions, connections: 15_000, edges: 8, rate: 5_000, seconds: 8, rounds: 2 },
  run: async (context) => {
    const { connections, edges, queued, registered, rate } = context.conditions;
    const { stopping, keep } = context;
    const cluster = await startCluster(context);
    const link = await startLink(keep, cluster.redisUrl);
    const filling = { perDevice, ttlMs: weekMs };
    const fillAll = () =>
      fillQueues(link, { ...filling, devices: freshDevices(Math.ceil(queued / perDevice)) }, stopping);
    const series: Record<string, Point[]> = {
      connections: [fewConnections, 1_000, 4_000, connections]
        .filter((count, index) => index === 3 || count < connections)
        .map((count) => ({ name: plural(count, 'connection'), connections: count })),
      edges: [1, 2, 4, edges]
        .filter((count, index) => index === 3 || count < edges)
        .map((count) => ({ name: plural(count, 'edge'), edges: count })),
      'queued messages': [{ name: 'nothing queued' }, { name: `${queued} queued`, fill: fillAll }],
      'registered ids': [
        { name: 'none else registered' },
        {
          name: `${registered} registered`,
          fill: () => fillRegistry(link, 'flat', numbersFrom(0, registered), stopping),
        },
      ],
    };
    const spans: Measured[] = [];
    const figures: Figure[] = [];
    for (const [what, points] of Object.entries(series)) {
      const sums: number[] = [];
      for (const point of points) {
        const measured = await measurePoint(context, cluster, point);
        const cost = (name: string) => median(measured.map((span) => span.cpuMicrosecondsPerMessage[name]!));
        sums.push(cost('edge') + cost('redis'));
        context.progress(`${point.name}: ${sums.at(-1)!.toFixed(1)} µs/message`);
        figures.push(figure(`${point.name}: edges`, 'µs/message', cost('edge')));
        figures.push(figure(`${point.name}: Redis`, 'µs/message', cost('redis')));
        spans.push(...measured);
      }
      figures.push(figure(`by ${what}, most / least`, 'times', Math.max(...sums) / Math.min(...sums)));
    }
    return {
      description:
        `open loop, ${rate} messages/s; up to ${usualConnections} connections and ${usualEdges} edges where nothing else is said; ` +
        'edges and Redis together',
      redisVersion: cluster.redisVersion,
      figures,
      spans,
    };
  },
};

async function measurePoint(context: ScenarioContext, cluster: Cluster, point: Point): Promise<Measured[]> {
  await point.fill?.();
  const { conditions } = context;
  const { connections = Math.min(usualConnections, conditions.connections) } = point;
  const target = cluster.first(point.edges ?? usualEdges);
  const spans: Measured[] = [];
  for (let round = 0; round < conditions.rounds; round += 1) {
    spans.push(await measure({ ...context, conditions: { ...conditions, connections } }, target, 'open'));
  }
  return spans;
}
