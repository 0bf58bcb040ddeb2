import { type Audit, type AuditRecord, AuditRecords, Ledger } from '@openrelay/state';
import type { Job } from './job';
import { shardByShard } from './shard-by-shard';

const nothing = { accepted: 0, acked: 0, expired: 0, queued: 0, missing: 0, uncertain: 0 };
const noShards = { unbalancedShards: 0, countedShards: 0, inexactShards: 0 };

function withAudit(record: AuditRecord, audit: Audit): AuditRecord {
  const { books } = audit;
  const isInexact = audit.status === 'inexact';
  return {
    ...record,
    accepted: record.accepted + books.accepted,
    acked: record.acked + books.acked,
    expired: record.expired + books.expired,
    queued: record.queued + books.queued,
    missing: record.missing + (audit.status === 'unbalanced' ? audit.missing : 0),
    unbalancedShards: record.unbalancedShards + (audit.status === 'unbalanced' ? 1 : 0),
    countedShards: record.countedShards + (isInexact ? 0 : 1),
    inexactShards: record.inexactShards + (isInexact ? 1 : 0),
    uncertain: record.uncertain + (isInexact ? audit.uncertain : 0),
  };
}

/** Counts all queues against the books, and says of how many shards it could. What was not counted is not taken for right. */
export const auditLedger: Job = async ({ link, log, metrics, shards, signal }) => {
  const ledger = new Ledger(link);
  let record: AuditRecord = { atMs: 0, shards, ...nothing, ...noShards };
  try {
    await shardByShard(shards, signal, async (shard) => {
      const audit = await ledger.audit(shard);
      record = withAudit(record, audit);
      if (audit.status !== 'unbalanced') return 'done';
      log.error('ledger.unbalanced', { shard, missing: audit.missing });
      await metrics.add('ledger_imbalances', 1);
      return 'done';
    });
  } finally {
    // Also of those that were reached when some were not.
    await new AuditRecords(link).write({ ...record, atMs: Math.floor(link.clock.now()) });
  }
  const { missing, unbalancedShards, countedShards, inexactShards } = record;
  return { shards, countedShards, inexactShards, missing, unbalancedShards };
};
