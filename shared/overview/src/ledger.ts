import { type Audit, type AuditRecord, Ledger, type RedisLink } from '@openrelay/state';

/** The janitor's last count of all queues against the books. */
export type LedgerView = AuditRecord & { balanced: boolean };

export function ledgerView(record: AuditRecord | undefined): LedgerView | null {
  return record === undefined ? null : { ...record, balanced: record.unbalancedShards === 0 };
}

export type Balance = 'balanced' | 'unbalanced' | 'busy';

/** Unbalanced when one shard is; busy when one could not be counted and the others balance. */
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
  return found.has('unbalanced') ? 'unbalanced' : found.has('busy') ? 'busy' : 'balanced';
}
