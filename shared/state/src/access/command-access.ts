import {
  auditKey,
  bandwidthKey,
  closedMonthsKey,
  deploymentKey,
  jobsKey,
  metricsKey,
  metricsTotalKey,
  nodeKey,
  nodesKey,
  rewriteNoteKey,
} from '../scripts/keys';
import { channelPattern, shardKeyPattern } from './lua-access';
import { type ServiceName, serviceNames } from './service-name';

/** What services ask Redis without a script. */
type Access = {
  /** As in a rule of Redis, without the `+`. */
  commands: readonly string[];
  by: readonly ServiceName[];
  /** Patterns of keys that these commands read or write; none for one without keys. */
  reads?: readonly string[];
  writes?: readonly string[];
  channels?: readonly string[];
};

const readers = ['ops', 'relayctl'] as const;

export const commandAccess: readonly Access[] = [
  // To connect, to find the masters of a Cluster (where ioredis gives names), and to ask for the time and the health of Redis.
  { commands: ['select', 'ping', 'time', 'info', 'client|setname', 'cluster|slots', 'cluster|info'], by: serviceNames },
  // Whether it is a replica: relayctl asks those too.
  { commands: ['role'], by: ['edge', 'janitor', 'ops'] },
  // Scripts.
  { commands: ['evalsha', 'eval'], by: ['edge', 'janitor', 'relayctl'] },
  // `RELAY_MIN_REPLICAS`
  { commands: ['wait'], by: ['edge'] },
  // Taking over what an older version left: who of it still runs, and what waits in its queues.
  { commands: ['zrange', 'hmget'], by: ['edge'], reads: [nodesKey, nodeKey('*')] },
  {
    commands: ['zscan', 'zrange'],
    by: ['edge'],
    reads: [shardKeyPattern('expiry'), shardKeyPattern('queue:')],
  },
  // Large live-only messages.
  { commands: ['set', 'getdel'], by: ['edge'], reads: [shardKeyPattern('live:')], writes: [shardKeyPattern('live:')] },
  // Notices, and probes of their channels.
  { commands: ['ssubscribe', 'sunsubscribe', 'spublish'], by: ['edge'], channels: [channelPattern] },
  { commands: ['spublish'], by: ['relayctl'], channels: [channelPattern] },
  // What the janitor looks at and forgets.
  { commands: ['hget'], by: ['janitor', ...readers], reads: [deploymentKey] },
  { commands: ['hvals'], by: ['janitor', ...readers], reads: [jobsKey] },
  { commands: ['hdel'], by: ['janitor'], writes: [jobsKey] },
  { commands: ['zrange', 'hgetall'], by: ['janitor', ...readers], reads: [nodesKey, nodeKey('*')] },
  { commands: ['hgetall'], by: ['janitor'], reads: [metricsKey('minute', '*'), metricsKey('hour', '*')] },
  // When a Redis last rewrote its append-only file.
  { commands: ['bgrewriteaof', 'exists'], by: ['janitor'], reads: [rewriteNoteKey('*')] },
  // What operators see.
  {
    commands: ['hgetall'],
    by: readers,
    reads: [
      metricsTotalKey,
      metricsKey('minute', '*'),
      metricsKey('hour', '*'),
      metricsKey('day', '*'),
      auditKey,
      closedMonthsKey,
    ],
  },
  { commands: ['get'], by: readers, reads: [bandwidthKey('????-??')] },
  {
    commands: ['hmget', 'zcard'],
    by: ['janitor', ...readers],
    reads: [shardKeyPattern('ledger'), shardKeyPattern('expiry')],
  },
];
