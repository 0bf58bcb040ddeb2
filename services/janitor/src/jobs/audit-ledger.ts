import { type Audit, type AuditRecord, AuditRecords, Ledger } from '@openrelay/state';
import { shardByShard } from '../shard-by-shard';
import type { Job } from './job';

const nothing = { accepted: 0, acked: 0, expired: 0, queued: 0, missing: 0, unbalancedShards: 0, busyShards: 0 };

function withAudit(record: AuditRecord, audit: Audit): AuditRecord {
  if (audit.status === 'busy') return { ...record, busyShards: record.busyShards + 1 };
  const missing = audit.status === 'unbalanced' ? audit.missing : 0;
  const { books } = audit;
  return {
    ...record,
    accepted: record.accepted + books.accepted,
    acked: record.acked + books.acked,
    expired: record.expired + books.expired,
    queued: record.queued + books.queued,
    missing: record.missing + missing,
    unbalancedShards: record.unbalancedShards + (audit.status === 'unbalanced' ? 1 : 0),
  };
}

/** Counts all queues against the books. A shard in which too much goes on to be counted is no imbalance. */
export const auditLedger: Job = async ({ link, log, meter, shards, signal }) => {
  const ledger = new Ledger(link);
  let record: AuditRecord = { atMs: 0, ...nothing };
  await shardByShard(shards, signal, async (shard) => {
    const audit = await ledger.audit(shard);
    record = withAudit(record, audit);
    if (audit.status !== 'unbalanced') return 'done';
    log.error('ledger.unbalanced', { shard, missing: audit.missing });
    await meter.add('ledger_imbalances', 1);
    return 'done';
  });
  await new AuditRecords(link).write({ ...record, atMs: Math.floor(link.clock.now()) });
  const { missing, unbalancedShards, busyShards } = record;
  return { shards, missing, unbalancedShards, busyShards };
};
