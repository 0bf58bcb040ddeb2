import type { NodeView } from '@openrelay/overview';
import type { Line, Span } from '../text/line';
import { plain } from '../text/line';
import { table } from '../text/table';
import { age, bytes, count, percent, rate, took } from '../text/units';

export function nodesView(nodes: readonly NodeView[], atMs: number, width: number): Line[] {
  if (nodes.length === 0) return [plain('No node has been heard of for ten minutes.')];
  return table<NodeView>(
    [
      { title: 'NODE', align: 'left', cell: ({ node }) => node },
      { title: 'STATE', align: 'left', cell: stateOf },
      { title: 'CONN', cell: ({ connections }) => count(connections) },
      { title: 'MSGS', cell: ({ messagesPerSecond }) => rate(messagesPerSecond) },
      { title: 'CPU', cell: ({ cpuPercent }) => percent(cpuPercent), leaveOut: 1 },
      { title: 'MEMORY', cell: ({ rssBytes }) => bytes(rssBytes), leaveOut: 2 },
      { title: 'LOOP', cell: ({ eventLoopDelayMs }) => took(eventLoopDelayMs), leaveOut: 4 },
      { title: 'REDIS', cell: ({ redisRoundTripMs }) => took(redisRoundTripMs), leaveOut: 5 },
      { title: 'PORT', cell: ({ port }) => (port === null ? '-' : String(port)), leaveOut: 7 },
      { title: 'UP', cell: ({ startedAtMs }) => age(startedAtMs === null ? null : atMs - startedAtMs), leaveOut: 3 },
      { title: 'SEEN', cell: ({ lastSeenMs }) => age(atMs - lastSeenMs), leaveOut: 6 },
    ],
    nodes,
    width,
  );
}

function stateOf({ state }: NodeView): Span {
  const colour = { up: 'green', draining: 'yellow', silent: 'red' } as const;
  return { text: state, colour: colour[state] };
}
