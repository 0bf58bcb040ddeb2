import { commonConditions, type ScenarioContext } from '../load/plan';
import { figure, percentiles, plural } from '../measuring/figure';
import { measure, type Target } from '../measuring/measure';
import { startCluster } from '../relays/cluster';
import type { Scenario } from './scenario';

const shareOfMost = 0.2;
const findMostSeconds = 3;

/** Open loop: how long a message takes from one edge to another, counted from the moment it was due. */
export const latency: Scenario = {
  summary: 'open loop: delivery latency across edges, at a fifth of the most that goes through',
  defaults: { ...commonConditions, edges: 2, seconds: 10, rate: 0 },
  run: async (context) => {
    const { connections, edges, size, seconds } = context.conditions;
    const cluster = await startCluster(context);
    const rate = context.conditions.rate || Math.ceil(shareOfMost * (await mostOf(context, cluster)));
    context.progress(`${rate} messages/s`);
    const measured = await measure({ ...context, conditions: { ...context.conditions, rate } }, cluster, 'open');
    return {
      description: `open loop, ${rate} messages/s of ${size} bytes, ${connections} connections, ${plural(edges, 'edge')}, ${seconds} s`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('delivered', 'messages/s', measured.messagesPerSecond),
        ...percentiles('delivery', measured.delivery, [50, 99, 99.9, 100]),
        ...percentiles('ack', measured.ack, [50, 99]),
        ...percentiles('generator lag', measured.sendLag, [99]),
        figure('edges, CPU', 'µs/message', measured.cpuMicrosecondsPerMessage.edge!),
        figure('Redis, CPU', 'µs/message', measured.cpuMicrosecondsPerMessage.redis!),
      ],
      spans: [measured],
    };
  },
};

/** Messages a second of a closed loop. */
async function mostOf(context: ScenarioContext, target: Target): Promise<number> {
  const conditions = { ...context.conditions, seconds: Math.min(findMostSeconds, context.conditions.seconds) };
  return (await measure({ ...context, conditions }, target, 'closed')).messagesPerSecond;
}
