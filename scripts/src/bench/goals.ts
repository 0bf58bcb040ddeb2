/** What the figures are held against: by scenario, and by the figure's name there. */
import { atLeast, atMost, type Goal } from './measuring/figure';
import type { ScenarioName } from './scenarios';

// Below this many cores the relay gets what the load generator leaves of them.
const coresForThroughput = 4;

/** A closed loop, one edge, beside the in-memory relay in the same run. */
function closedLoop(edge: number, redis: number): Record<string, Goal> {
  return {
    '1 edge / in-memory relay, CPU': atMost(edge),
    '1 edge, Redis CPU': atMost(redis),
    '1 edge / in-memory relay, rate': atLeast(0.6, coresForThroughput),
  };
}

const largeMessages = {
  '1 edge / in-memory relay, rate': atLeast(0.8),
  '1 edge, Redis CPU a byte': atMost(2),
};

export const goals: Partial<Record<ScenarioName, Record<string, Goal>>> = {
  throughput: closedLoop(1.3, 14),
  'throughput-4000': closedLoop(1.5, 22),
  'throughput-12000': closedLoop(1.5, 22),
  steady: {
    'later / in-memory relay, CPU': atMost(1.5),
    'later, Redis CPU': atMost(22),
  },
  idle: {
    'edge CPU for all of them': atMost(0.5),
    'Redis CPU for all of them': atMost(0.1),
    'edge RSS, each connection': atMost(3_072),
  },
  flat: {
    'by connections, most / least': atMost(1.15),
    'by edges, most / least': atMost(1.15),
    'by queued messages, most / least': atMost(1.15),
    'by registered ids, most / least': atMost(1.15),
  },
  latency: {
    'delivery, p50': atMost(0.5),
    'delivery, p99': atMost(4),
    'delivery, p99.9': atMost(15),
  },
  memory: {
    'a registered device': atMost(400),
    'a queued message, above its frame': atMost(120),
    'the id of a delivered message': atMost(120),
  },
  storm: {
    'edges / in-memory relay, time': atMost(1.3),
    'live delivery, p99': atMost(1_000),
  },
  drain: { 'all drained after': atMost(60) },
  large: largeMessages,
  'large-400': largeMessages,
  // An edge takes Redis for away after 800 ms.
  wide: {
    'one Redis: death: live delivery, p99': atMost(200),
    'Cluster: death: live delivery, p99': atMost(200),
  },
  sweep: {
    'each of 10 % to each of 1 %': atMost(1.5),
    '0 % to 1 %, Redis CPU': atMost(0.2),
  },
};
