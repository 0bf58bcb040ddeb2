import type { ClusterView, NodeView } from '@openrelay/overview';
import { byId } from '../page/elements.js';
import { bytes, digits, duration, milliseconds, text, unknown, whole } from '../page/format.js';
import { type Cell, Rows } from '../page/rows.js';

const tones = { up: 'well', draining: 'warning', silent: 'wrong' } as const;
/** Where the event loop's delay begins to be felt, and where it hurts. */
const slowMs = 100;
const verySlowMs = 250;

export class NodesPanel {
  private readonly rows = new Rows(byId('nodes'));

  show({ nodes, atMs }: ClusterView): void {
    byId('nodes-empty').hidden = nodes.length > 0;
    byId('nodes-table').hidden = nodes.length === 0;
    this.rows.show(nodes.map((node) => ({ key: node.node, cells: cellsOf(node, atMs) })));
  }
}

function cellsOf(node: NodeView, nowMs: number): Cell[] {
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
      tone: delayTone(eventLoopDelayMs),
    },
    { label: 'Redis reply', value: known(node.redisRoundTripMs, (ms) => text(milliseconds(ms))) },
    { label: 'Up for', value: known(node.startedAtMs, (ms) => text(duration(nowMs - ms))) },
    {
      label: 'Heard',
      value: `${text(duration(nowMs - node.lastSeenMs))} ago`,
      tone: node.state === 'silent' ? 'wrong' : 'quiet',
    },
  ];
}

function delayTone(delayMs: number | null): Cell['tone'] {
  if (delayMs === null || delayMs < slowMs) return undefined;
  return delayMs < verySlowMs ? 'warning' : 'wrong';
}
