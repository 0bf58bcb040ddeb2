import type { BandwidthView } from './bandwidth';
import type { JobView } from './jobs';
import type { LedgerView } from './ledger';
import type { NodeView } from './nodes';
import { type RedisView, safePolicy } from './redis';
import type { Snapshot } from './snapshot';

/** What is wrong, each in a few words that can follow one another; empty when all is well. */
export function faultsOf(snapshot: Omit<Snapshot, 'totals'>): string[] {
  return [
    ...(snapshot.redis === null ? [] : redisFaults(snapshot.redis)), // first: nodes that cannot write there are silent
    ...ofNodes(snapshot.nodes),
    ...ofBandwidth(snapshot.bandwidth),
    ...ofJobs(snapshot.jobs),
    ...ofLedger(snapshot.ledger),
  ];
}

function ofNodes(nodes: readonly NodeView[]): string[] {
  const none = nodes.some(({ state }) => state === 'up') ? [] : ['no node is up'];
  const silent = nodes.filter(({ state }) => state === 'silent').map(({ node }) => `node ${node} is silent`);
  return [...none, ...silent];
}

/** As `faultsOf`, of Redis alone. */
export function redisFaults({ state, disk, policy }: RedisView): string[] {
  return [
    ...(disk === 'well' ? [] : ['Redis cannot write to its disk']),
    ...(state === 'well' ? [] : [`Redis is ${state}`]),
    ...(policy === safePolicy ? [] : [`Redis may throw messages away (maxmemory-policy ${policy})`]),
  ];
}

function ofBandwidth({ usedBytes, thresholdBytes }: BandwidthView): string[] {
  return usedBytes >= thresholdBytes ? ['the bandwidth of the month is above the threshold'] : [];
}

function ofJobs(jobs: readonly JobView[]): string[] {
  if (jobs.length === 0) return ['no janitor has run yet'];
  return jobs.flatMap(({ job, state }) => (state === 'late' || state === 'failing' ? [`job ${job} is ${state}`] : []));
}

function ofLedger(ledger: LedgerView | null): string[] {
  if (ledger === null || ledger.unbalancedShards === 0) return [];
  const shards = ledger.unbalancedShards === 1 ? '1 shard' : `${ledger.unbalancedShards} shards`;
  return [`the ledger does not balance in ${shards}`];
}
