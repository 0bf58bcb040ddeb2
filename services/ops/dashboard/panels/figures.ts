import type { ClusterView } from '@openrelay/overview';
import { byId, setFigure, setText } from '../page/elements.js';
import { bytes, digits, milliseconds, plural, refusal, text, unknown } from '../page/format.js';

/** The strip of numbers at the top. */
export function showFigures(cluster: ClusterView): void {
  showRates(cluster);
  showLatency(cluster);
  const { queues, redis, store, connections, nodes } = cluster;
  setFigure(byId('queue-depth'), digits(queues.messages), queues.messages === 1 ? 'message' : 'messages');
  const waits = `${text(bytes(queues.bytes))} for up to ${plural(queues.devices, 'device')}`;
  setText(byId('queue-note'), queues.messages === 0 ? 'nothing waits' : waits);
  setFigure(byId('connections'), digits(connections), connections === 1 ? 'device' : 'devices');
  setText(byId('connections-note'), `on ${plural(nodes.filter(({ state }) => state !== 'silent').length, 'node')}`);
  showRedis(redis, store);
}

function showRedis(redis: ClusterView['redis'], store: ClusterView['store']): void {
  const used = redis === null ? { number: unknown, unit: 'B' } : bytes(redis.usedBytes);
  setFigure(byId('redis-memory'), used.number, used.unit);
  setText(byId('redis-note'), redis === null ? 'its user may not ask (INFO)' : memoryNote(redis, store));
}

/** The budget is reached before maxmemory is. */
function memoryNote({ limitBytes, state }: NonNullable<ClusterView['redis']>, store: ClusterView['store']): string {
  const isShort = store.pressure > 0 && state === 'well';
  if (store.budgetBytes !== null) return `budget ${text(bytes(store.budgetBytes))}, ${isShort ? 'short' : state}`;
  return limitBytes === null ? 'no maxmemory set' : `of ${text(bytes(limitBytes))}, ${state}`;
}

function showRates({ rates }: ClusterView): void {
  if (rates === null) return;
  const { accepted, deliveredLive, queued, acked, expired, bytesIn, bytesOut, refused } = rates;
  setFigure(byId('accepted'), digits(accepted), 'msg/s');
  setText(byId('accepted-note'), `${text(bytes(bytesIn))}/s in`);
  setFigure(byId('delivered'), digits(deliveredLive), 'msg/s');
  setText(byId('delivered-note'), `${text(bytes(bytesOut))}/s out`);
  setFigure(byId('queued'), digits(queued), 'msg/s');
  setText(byId('queued-note'), `acked ${digits(acked)}/s${expired === 0 ? '' : `, expired ${digits(expired)}/s`}`);
  const codes = Object.entries(refused).filter(([, rate]) => rate > 0);
  setFigure(byId('refused'), digits(codes.reduce((sum, [, rate]) => sum + rate, 0)), 'req/s');
  setText(byId('refused-note'), codes.map(([code, rate]) => `${refusal(code)} ${digits(rate)}/s`).join(', ') || 'none');
}

function showLatency({ latency }: ClusterView): void {
  const { p50Ms = null, p99Ms = null } = latency ?? {};
  const p99 = p99Ms === null ? { number: unknown, unit: 'ms' } : milliseconds(p99Ms);
  setFigure(byId('latency'), p99.number, p99.unit);
  setText(byId('latency-note'), p50Ms === null ? 'none delivered live' : `p50 ${text(milliseconds(p50Ms))}`);
}
