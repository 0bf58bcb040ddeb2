import type { NodeView, Snapshot } from '@openrelay/overview';
import type { GaugeReadings } from '@openrelay/telemetry';

type Labelled = [label: string, value: number][];

/** What the cluster shows at one instant, as Prometheus wants it: seconds, bytes, 0 and 1. */
export function gaugesOf(snapshot: Snapshot): GaugeReadings {
  const { nodes, queues, redis, store } = snapshot;
  return {
    redis_available: 1,
    nodes: nodesByState(nodes),
    connections: ofNodes(nodes, ({ connections }) => connections),
    event_loop_delay_seconds: ofNodes(nodes, ({ eventLoopDelayMs }) => eventLoopDelayMs && eventLoopDelayMs / 1000),
    queued_messages: queues.messages,
    queued_bytes: queues.bytes,
    queued_devices: queues.devices,
    ...ofRedis(redis),
    ...ofStore(store),
    ...ofBandwidth(snapshot),
    ...ofJobs(snapshot),
    ...ofLedger(snapshot),
  };
}

function ofRedis(redis: Snapshot['redis']): GaugeReadings {
  if (redis === null) return {};
  const { usedBytes, limitBytes } = redis;
  return { redis_used_bytes: usedBytes, ...(limitBytes === null ? {} : { redis_limit_bytes: limitBytes }) };
}

function ofStore({ pressure, budgetBytes }: Snapshot['store']): GaugeReadings {
  return { store_pressure: pressure, store_budget_bytes: budgetBytes ?? 0 };
}

function nodesByState(nodes: readonly NodeView[]): Labelled {
  const states: NodeView['state'][] = ['up', 'draining', 'silent'];
  return states.map((wanted) => [wanted, nodes.filter(({ state }) => state === wanted).length]);
}

/** Of the nodes that tell it. */
function ofNodes(nodes: readonly NodeView[], read: (node: NodeView) => number | null): Labelled {
  return nodes.flatMap((node) => {
    const value = read(node);
    return value === null ? [] : [[node.node, value] as [string, number]];
  });
}

function ofBandwidth({ bandwidth }: Snapshot): GaugeReadings {
  return {
    bandwidth_used_bytes: bandwidth.usedBytes,
    bandwidth_threshold_bytes: bandwidth.thresholdBytes,
    bandwidth_limit_bytes: bandwidth.limitBytes,
    bandwidth_projected_bytes: bandwidth.projectedBytes,
  };
}

function ofJobs({ atMs, jobs }: Snapshot): GaugeReadings {
  return {
    job_well: jobs.map(({ job, state }) => [job, state === 'well' ? 1 : 0]),
    job_success_age_seconds: jobs.flatMap(({ job, lastSucceededAtMs }) =>
      lastSucceededAtMs === undefined ? [] : [[job, (atMs - lastSucceededAtMs) / 1000] as [string, number]],
    ),
  };
}

function ofLedger({ atMs, ledger }: Snapshot): GaugeReadings {
  if (ledger === null) return {};
  return {
    ledger_missing_messages: ledger.missing,
    ledger_unbalanced_shards: ledger.unbalancedShards,
    ledger_shards: ledger.shards,
    ledger_counted_shards: ledger.countedShards,
    ledger_audit_age_seconds: (atMs - ledger.atMs) / 1000,
  };
}
