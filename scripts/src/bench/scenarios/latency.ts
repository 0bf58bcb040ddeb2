import { commonConditions, plural } from '../measuring/conditions';
import { figure, under } from '../measuring/figure';
import { measure } from '../measuring/measure';
import { startCluster } from '../relays/cluster';
import type { Scenario } from './scenario';

/** Open loop: how long a message takes from one edge to another, counted from the moment it was due. */
export const latency: Scenario = {
  summary: 'open loop: delivery latency across edges at a fixed rate',
  defaults: { ...commonConditions, edges: 2, seconds: 10 },
  run: async (context) => {
    const { connections, edges, size, seconds, rate } = context.conditions;
    const cluster = await startCluster(context.keep, edges, context.redisUrl);
    const measured = await measure(context, cluster, { kind: 'open', messagesPerSecond: rate });
    const { delivery, ack, sendLag } = measured;
    return {
      description: `open loop, ${rate} messages/s of ${size} bytes, ${connections} connections, ${plural(edges, 'edge')}, ${seconds} s`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('delivered', 'messages/s', measured.messagesPerSecond),
        figure('delivery, p50', 'ms', delivery.percentileMs(50), under(2)),
        figure('delivery, p99', 'ms', delivery.percentileMs(99), under(15)),
        figure('delivery, p99.9', 'ms', delivery.percentileMs(99.9)),
        figure('delivery, longest', 'ms', delivery.percentileMs(100)),
        figure('ack, p50', 'ms', ack.percentileMs(50)),
        figure('ack, p99', 'ms', ack.percentileMs(99)),
        figure('generator lag, p99', 'ms', sendLag.percentileMs(99)),
        figure('edges, CPU', 'µs/message', measured.cpuMicrosecondsPerMessage.edge!),
        figure('Redis, CPU', 'µs/message', measured.cpuMicrosecondsPerMessage.redis!),
      ],
      spans: [measured],
    };
  },
};
