import type { ClusterView, NodeView, Problem } from '@openrelay/overview';
import { byId } from '../page/elements.js';
import { bytes, digits, duration, milliseconds, text, unknown, whole } from '../page/format.js';
import { type Cell, Rows } from '../page/rows.js';
import { toneOf } from '../page/tones.js';

const tones = { up: 'well', draining: 'warning', silent: 'wrong' } as const;

export class NodesPanel {
  private readonly rows = new Rows(byId('nodes'));

  show({ nodes, atMs, problems }: ClusterView): void {
    byId('nodes-empty').hidden = nodes.length > 0;
    byId('nodes-table').hidden = nodes.length === 0;
    this.rows.show(nodes.map((node) => ({ key: node.node, cells: cellsOf(node, problems, atMs) })));
  }
}

function cellsOf(node: NodeView, problems: readonly Problem[], nowMs: number): Cell[] {
  const known = (value: number | null, write: (value: number) => string): string =>
    value === null ? unknown : write(value);
  const { cpuPercent, eventLoopDelayMs, port } = node;
  return [
    { label: 'Node', value: node.node.slice(0, 12), note: port === null ? '' : `:${port}` },
    { label: 'State', value: node.state, tone: tones[node.state] },
    { label: 'Connections', value: known(node.connections, whole) },
    { label: 'Messages', value: known(node.messagesPerSecond, (rate) => `${digits(rate)}/s`) },
    {
      label: 'CPU',
      value: known(cpuPercent, (percent) => `${Math.round(percent)}\u00a0%`),
      share: cpuPercent === null ? undefined : cpuPercent / 100,
    },
    { label: 'Memory', value: known(node.rssBytes, (size) => text(bytes(size))) },
    {
      label: 'Loop delay',
      value: known(eventLoopDelayMs, (ms) => text(milliseconds(ms))),
      tone: toneOf(problems, 'event-loop-slow', node.node),
    },
    {
      label: 'Redis reply',
      value: known(node.redisRoundTripMs, (ms) => text(milliseconds(ms))),
      tone: toneOf(problems, 'redis-slow', node.node),
    },
    { label: 'Up for', value: known(node.startedAtMs, (ms) => text(duration(nowMs - ms))) },
    {
      label: 'Heard',
      value: `${text(duration(nowMs - node.lastSeenMs))} ago`,
      tone: node.state === 'silent' ? 'wrong' : 'quiet',
    },
  ];
}
