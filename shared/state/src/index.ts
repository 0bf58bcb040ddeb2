export { type AuditRecord, AuditRecords } from './audit-records';
export { isNotPermitted, lacksPermission } from './away-reason';
export { BandwidthLedger } from './bandwidth-ledger';
export { agreedShards, agreeOnShards, DeploymentMismatch } from './deployment';
export { DeviceLookup, type FoundDevice } from './device-lookup';
export { type Envelope, envelopeBytes, type QueuedMessage } from './envelope';
export {
  type Forwarded,
  Forwarder,
  type Forwarding,
  type HandOutcome,
  type LiveAnswer,
  liveRepeatKeyOf,
} from './forwarder';
export { IdleKeys } from './idle-keys';
export { Inbox, type Notice } from './inbox';
export { createJobConnection, isConnectionLost, type JobConnection } from './job-connection';
export { JobLock, lockRenewalMs } from './job-lock';
export { type JobRecord, JobRecords } from './job-records';
export { shardOf } from './keys';
export { type Audit, Ledger, type LedgerTotals, type ShardBooks } from './ledger';
export { type Allowance, type Charge, type Charged, Limiter } from './limiter';
export type { LiveNotice } from './live-notice';
export {
  type Acceptance,
  type Accepted,
  type Acknowledged,
  type Acknowledgement,
  MessageQueue,
  type Page,
  type QueueRules,
  type Reader,
} from './message-queue';
export { type MetricsFlush, MetricsStore } from './metrics-store';
export { MonthClose } from './month-close';
export { type ListedNode, NodeDirectory, type NodeReport } from './node-directory';
export { NodeReaper, type Reaped } from './node-reaper';
export {
  type MetricsStep,
  mostPeriods,
  type PeriodCounts,
  periodName,
  periodStart,
  stepMs,
  sumOfPeriods,
} from './periods';
export { accessRules, permissions, type ServiceName } from './permissions';
export { QueueSweeper, type Swept } from './queue-sweeper';
export { mayHaveRun, RedisAway } from './redis-away';
export { probeWrites, type RedisHealth, redisHealth, refusedWrite, replicaNamed } from './redis-health';
export { isReplicaReason, RedisLink } from './redis-link';
export {
  type Departure,
  type Holder,
  type HolderState,
  holderOf,
  type Mark,
  type Registered,
  type Registration,
  Registry,
} from './registry';
export { type RollUpStep, RollUps } from './roll-ups';
export type { ScriptName } from './script';
