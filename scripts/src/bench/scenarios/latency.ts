import { commonConditions } from '../load/plan';
import { figure, percentiles, plural, under } from '../measuring/figure';
import { measure } from '../measuring/measure';
import { startCluster } from '../relays/cluster';
import type { Scenario } from './scenario';

/** Open loop: how long a message takes from one edge to another, counted from the moment it was due. */
export const latency: Scenario = {
  summary: 'open loop: delivery latency across edges at a fixed rate',
  defaults: { ...commonConditions, edges: 2, seconds: 10 },
  run: async (context) => {
    const { connections, edges, size, seconds, rate } = context.conditions;
    const cluster = await startCluster(context);
    const measured = await measure(context, cluster, 'open');
    return {
      description: `open loop, ${rate} messages/s of ${size} bytes, ${connections} connections, ${plural(edges, 'edge')}, ${seconds} s`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('delivered', 'messages/s', measured.messagesPerSecond),
        ...percentiles('delivery', measured.delivery, [50, 99, 99.9, 100], { 50: under(2), 99: under(15) }),
        ...percentiles('ack', measured.ack, [50, 99]),
        ...percentiles('generator lag', measured.sendLag, [99]),
        figure('edges, CPU', 'µs/message', measured.cpuMicrosecondsPerMessage.edge!),
        figure('Redis, CPU', 'µs/message', measured.cpuMicrosecondsPerMessage.redis!),
      ],
      spans: [measured],
    };
  },
};
