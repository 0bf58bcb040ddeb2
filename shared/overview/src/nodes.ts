import type { ListedNode, NodeReport } from '@openrelay/state';

/** What a node says of itself with each heartbeat. */
type NodeFigures = Omit<NodeReport, 'draining'>;

type Nothing = { [Figure in keyof NodeFigures]: null };

/** A silent node has not been heard of for longer than its heartbeat holds: it is dead, or cut off from Redis. */
export type NodeView = { node: string; lastSeenMs: number } & (
  | ({ state: 'up' | 'draining' } & NodeFigures)
  | ({ state: 'silent' } & Nothing)
);

const nothing: Nothing = {
  startedAtMs: null,
  connections: null,
  rssBytes: null,
  cpuPercent: null,
  eventLoopDelayMs: null,
  redisRoundTripMs: null,
  messagesPerSecond: null,
  port: null,
};

export function nodeView({ node, lastSeenMs, report }: ListedNode): NodeView {
  if (report === undefined) return { node, lastSeenMs, state: 'silent', ...nothing };
  const { draining, ...figures } = report;
  return { node, lastSeenMs, state: draining === 'yes' ? 'draining' : 'up', ...figures };
}
