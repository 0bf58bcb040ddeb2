/** Open loop: how long a message takes from one edge to another, counted from the moment it was due. */
import { startCluster } from '../cluster';
import { figure } from '../figure';
import { Load } from '../load/load';
import { measure } from '../measure';
import { withResources } from '../resources';
import type { Scenario, ScenarioContext, ScenarioResult } from '../scenario';
import { summarize } from '../span-summary';
import { commonConditions, idsOf, planFor, plural, workersFor } from './conditions';

export const latency: Scenario = {
  summary: 'open loop: delivery latency across edges at a fixed rate',
  defaults: { ...commonConditions, edges: 2, seconds: 10 },
  run,
};

async function run(context: ScenarioContext): Promise<ScenarioResult> {
  const { connections, edges, size, seconds, warmup, rate } = context.conditions;
  return withResources(async (resources) => {
    const cluster = await startCluster(resources, edges, context.redisUrl);
    const plan = planFor(context.conditions, cluster.ports, { kind: 'open', messagesPerSecond: rate });
    const load = resources.keep(new Load(workersFor(context), context.signal));
    const watched = { edge: cluster.edgePids, redis: idsOf(cluster.redisPid) };
    const measured = await measure(load, plan, { warmupSeconds: warmup, seconds }, watched, context.signal);
    const { delivery, ack, sendLag, totals } = measured.load;
    return {
      description: `open loop, ${rate} messages/s of ${size} bytes, ${connections} connections, ${plural(edges, 'edge')}, ${seconds} s`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('delivered', 'messages/s', measured.messagesPerSecond),
        figure('delivery, p50', 'ms', delivery.percentileMs(50), { comparison: 'under', limit: 2 }),
        figure('delivery, p99', 'ms', delivery.percentileMs(99), { comparison: 'under', limit: 15 }),
        figure('delivery, p99.9', 'ms', delivery.percentileMs(99.9)),
        figure('delivery, longest', 'ms', delivery.total === 0 ? null : delivery.maxMs),
        figure('ack, p50', 'ms', ack.percentileMs(50)),
        figure('ack, p99', 'ms', ack.percentileMs(99)),
        figure('generator lag, p99', 'ms', sendLag.percentileMs(99)),
        figure('edges, CPU', 'µs/message', measured.cpuMicrosecondsPerMessage.edge ?? null),
        figure('Redis, CPU', 'µs/message', measured.cpuMicrosecondsPerMessage.redis ?? null),
      ],
      spans: [summarize('edge', measured)],
      totals,
      notes: measured.notes,
    };
  });
}
