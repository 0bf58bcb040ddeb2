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

/**
 * What a message costs whatever else there is. As many are under way at each point, each on a socket of its own: a closed loop of all
 * senders would only show that what comes together is cheaper.
 */
export const flat: Scenario = {
  summary: 'CPU a message by connections, edges, queued messages and registered ids, with as many under way',
  defaults: { ...commonConditions, connections: 15_000, edges: 8, window: 50, rounds: 3 },
  run: async (context) => {
    const { connections, edges, queued, registered, window } = context.conditions;
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
      const measured = await measurePoints(context, cluster, points);
      const sums = points.map(({ name }, point) => {
        const cost = (of: string) => median(measured[point]!.map((span) => span.cpuMicrosecondsPerMessage[of]!));
        figures.push(figure(`${name}: edges`, 'µs/message', cost('edge')));
        figures.push(figure(`${name}: Redis`, 'µs/message', cost('redis')));
        return cost('edge') + cost('redis');
      });
      figures.push(figure(`by ${what}, most / least`, 'times', Math.max(...sums) / Math.min(...sums)));
      spans.push(...measured.flat());
    }
    return {
      description:
        `${window} messages under way for each edge, of all senders in turn; up to ${usualConnections} connections and ` +
        `${usualEdges} edges where nothing else is said; edges and Redis together`,
      redisVersion: cluster.redisVersion,
      figures,
      spans,
    };
  },
};

/** One after another in each round; what is filled stays, so that its rounds come together. */
async function measurePoints(
  context: ScenarioContext,
  cluster: Cluster,
  points: readonly Point[],
): Promise<Measured[][]> {
  const { rounds } = context.conditions;
  const spans: Measured[][] = points.map(() => []);
  const order = Array.from({ length: rounds }, () => [...points.keys()]).flat();
  if (points.some(({ fill }) => fill)) order.sort((one, other) => one - other);
  for (const point of order) {
    const { name, fill } = points[point]!;
    if (fill && spans[point]!.length === 0) {
      context.progress(`${name}: filling`);
      await fill();
    }
    spans[point]!.push(await measurePoint(context, cluster, points[point]!));
  }
  return spans;
}

async function measurePoint(context: ScenarioContext, cluster: Cluster, point: Point): Promise<Measured> {
  const { conditions, progress } = context;
  const { connections = Math.min(usualConnections, conditions.connections), edges = usualEdges } = point;
  const target = cluster.first(edges);
  const window = conditions.window * target.ports.length;
  const measured = await measure({ ...context, conditions: { ...conditions, connections, window } }, target, 'turns');
  const { edge, redis } = measured.cpuMicrosecondsPerMessage;
  progress(`${point.name}: edges ${edge!.toFixed(1)} µs/message, Redis ${redis!.toFixed(1)} µs/message`);
  return measured;
}
