import type { DeviceKey } from '@openrelay/protocol';

/** All keys are listed and described in KEYS.md beside this package. */

/** The shard of a device, 0 to `shards` - 1: FNV-1a (32 bit) over its key. */
export function shardOf(device: DeviceKey, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < device.length; i += 1) hash = Math.imul(hash ^ device.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}

/** What every key of a shard begins with; the braces put the whole shard into one Redis Cluster slot. */
export function shardPrefix(shard: number): string {
  return `or:{${shard}}:`;
}

/** What the keys of a lane begin with that are none of its shards' alone: the prefix of its first shard, which has its number. */
export function lanePrefix(lane: number): string {
  return shardPrefix(lane);
}

/** The lane or shard that a prefix is of; undefined for every key that is no prefix. */
export function numberOfPrefix(key: string): number | undefined {
  const [, number] = /^or:\{(\d+)\}:$/.exec(key) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The channel on which a node receives notices about the devices of one lane. */
export function nodeChannel(lane: number, node: string): string {
  return `${lanePrefix(lane)}to:${node}`;
}

/** A large live-only message that waits for the recipient's node to fetch it. */
export function liveFrameKey(shard: number, name: string): string {
  return `${shardPrefix(shard)}live:${name}`;
}

/** @param month `YYYY-MM`, UTC */
export function bandwidthKey(month: string): string {
  return `or:{bandwidth}:${month}`;
}

export function bandwidthFlushKey(node: string): string {
  return `or:{bandwidth}:flushed:${node}`;
}

/** Bytes of the months that are over, by month. */
export const closedMonthsKey = 'or:{bandwidth}:months';

/** What all nodes have counted, ever. */
export const metricsTotalKey = 'or:{metrics}:total';

/** @param period `YYYY-MM-DDTHH:MM`, `YYYY-MM-DDTHH` or `YYYY-MM-DD`, UTC */
export function metricsKey(step: 'minute' | 'hour' | 'day', period: string): string {
  return `or:{metrics}:${step}:${period}`;
}

export function metricsFlushKey(node: string): string {
  return `or:{metrics}:flushed:${node}`;
}

/** Nodes by their last heartbeat; in one slot with their reports. */
export const nodesKey = 'or:{nodes}';

export function nodeKey(node: string): string {
  return `${nodesKey}:${node}`;
}

/** What the janitor's jobs last did, by job. */
export const jobsKey = 'or:jobs';

/** Which run of a janitor's job is under way. */
export function jobLockKey(job: string): string {
  return `or:lock:${job}`;
}

/** Whether a Redis rewrote its append-only file lately. @param run its `run_id`, another one after each start */
export function rewriteNoteKey(run: string): string {
  return `or:rewritten:${run}`;
}

/** The janitor's last audit of the ledger. */
export const auditKey = 'or:audit';

/** What all nodes of a deployment must agree on. */
export const deploymentKey = 'or:deployment';

/** How long a registration outlives a node whose death nobody noticed; `Registry.check` renews it at half time. */
export const leaseMs = 3600 * 1000;
