import { type Audit, type AuditRecord, Ledger, type RedisLink } from '@openrelay/state';
import type { LedgerView } from './shapes';

export function ledgerView(record: AuditRecord | undefined): LedgerView | null {
  return record === undefined ? null : { ...record, verdict: verdictOf(record) };
}

function verdictOf({ unbalancedShards, countedShards, shards }: AuditRecord): LedgerView['verdict'] {
  if (unbalancedShards > 0) return 'unbalanced';
  return shards > 0 && countedShards === shards ? 'balanced' : 'incomplete';
}

export type Balance = Audit['status'];

/** Unbalanced when one shard is; inexact when one could not be counted exactly and the others balance. */
export async function auditLedger(
  link: RedisLink,
  shards: number,
  onShard: (shard: number, audit: Audit) => void,
): Promise<Balance> {
  const ledger = new Ledger(link);
  const found = new Set<Balance>();
  for (let shard = 0; shard < shards; shard += 1) {
    const audit = await ledger.audit(shard);
    onShard(shard, audit);
    found.add(audit.status);
  }
  return found.has('unbalanced') ? 'unbalanced' : found.has('inexact') ? 'inexact' : 'balanced';
}
