import { commonConditions } from '../load/plan';
import { figure, median } from '../measuring/figure';
import { type Measured, measure } from '../measuring/measure';
import { startCluster, startMemoryRelay } from '../relays/cluster';
import type { Scenario } from './scenario';

// The first minutes forget nothing yet: an id is remembered for two to four minutes after its message was delivered.
const earlyShare = 0.4;

/** A closed loop that lasts until what is remembered of messages expires as fast as it comes. */
export const steady: Scenario = {
  summary: 'closed loop for --rounds times --seconds on one edge: what the expiry of remembered ids adds',
  defaults: { ...commonConditions, connections: 4_000, window: 1, rounds: 5, seconds: 60 },
  run: async (context) => {
    const { connections, window, rounds, seconds } = context.conditions;
    const memoryRelay = await startMemoryRelay(context);
    const cluster = await startCluster(context);
    const brief = { ...context, conditions: { ...context.conditions, seconds: Math.ceil(seconds / 4) } };
    const limits = [await measure(brief, memoryRelay, 'closed')];
    const spans: Measured[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      spans.push(await measure(context, cluster, 'closed'));
      context.progress(`${round} of ${rounds}: ${Math.round(spans.at(-1)!.messagesPerSecond)} messages/s`);
    }
    limits.push(await measure(brief, memoryRelay, 'closed'));
    const cpu = (of: readonly Measured[], name: string) =>
      median(of.map((span) => span.cpuMicrosecondsPerMessage[name]!));
    const later = spans.slice(Math.floor(earlyShare * rounds));
    const limit = cpu(limits, 'memory');
    return {
      description:
        `closed loop, ${connections} connections, window ${window}, ${rounds} times ${seconds} s on one edge; ` +
        `later: the last ${later.length} of these; the in-memory relay before and after`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('in-memory relay, CPU', 'µs/message', limit),
        ...spans.flatMap(({ messagesPerSecond, cpuMicrosecondsPerMessage: { edge, redis } }, round) => [
          figure(`${round + 1}: rate`, 'messages/s', messagesPerSecond),
          figure(`${round + 1}: edge CPU`, 'µs/message', edge!),
          figure(`${round + 1}: Redis CPU`, 'µs/message', redis!),
        ]),
        figure('later, edge CPU', 'µs/message', cpu(later, 'edge')),
        figure('later / in-memory relay, CPU', 'times', cpu(later, 'edge') / limit),
        figure('later, Redis CPU', 'µs/message', cpu(later, 'redis')),
      ],
      spans: [...limits, ...spans],
    };
  },
};
