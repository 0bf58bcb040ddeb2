export { accessLine, accessRules, defaultUser, scriptsOf } from './access/access-rules';
export { bullmqCommands } from './access/bullmq-access';
export { type ServiceName, serviceNames, services } from './access/service-name';
export { Claims, type ContactsChange, type ContactsChanged } from './holders/claims';
export { fairShare } from './holders/fair-share';
export { type FoundDevice, findDevice } from './holders/find-device';
export {
  connectionOf,
  type Deregistration,
  type Holder,
  type HolderState,
  knownAfterSeconds,
  type Mark,
  type Proof,
  type Registered,
  type Registration,
  Registry,
  type RegistryRules,
  type Stay,
  type Stayed,
} from './holders/registry';
export { Inbox } from './inbox/inbox';
export type { LiveNotice } from './inbox/live-notice';
export type { Notice } from './inbox/notice';
export { AppendOnlyFiles, type Rewrite } from './jobs/append-only-files';
export { JobLock, lockRenewalMs } from './jobs/job-lock';
export { type JobRecord, JobRecords } from './jobs/job-records';
export { type AuditRecord, AuditRecords } from './ledger/audit-records';
export { type Audit, Ledger, type LedgerTotals, type ShardBooks } from './ledger/ledger';
export { createJobConnection, isConnectionLost, type JobConnection } from './link/job-connection';
export { isReplicaReason } from './link/redis-connection';
export {
  isNotPermitted,
  lacksPermission,
  mayHaveRun,
  RedisUnavailable,
  refusedWrite,
} from './link/redis-errors';
export {
  probeWrites,
  type RedisHealth,
  type RedisMemory,
  redisHealth,
  redisMemory,
  replicaNamed,
} from './link/redis-health';
export { RedisLink } from './link/redis-link';
export { type Digest, digestOf, type Envelope, envelopeBytes, type QueuedMessage } from './messages/envelope';
export {
  type DeliveryOutcome,
  type Forwarded,
  Forwarder,
  type Forwarding,
  type LiveAnswer,
  type LiveKind,
  liveDigestOf,
  noDigest,
} from './messages/forwarder';
export { IdleKeys } from './messages/idle-keys';
export {
  type Acceptance,
  type Accepted,
  type Acknowledged,
  type Acknowledgement,
  MessageQueue,
  type Page,
  type PageLimit,
  type QueueRules,
  type Reader,
  wholePage,
} from './messages/message-queue';
export { QueueSweeper, type Swept } from './messages/queue-sweeper';
export { MetricsReader } from './metrics/metrics-reader';
export { type MetricsFlush, MetricsWriter } from './metrics/metrics-writer';
export {
  type MetricsStep,
  mostPeriods,
  type PeriodCounts,
  periodName,
  periodStart,
  stepMs,
  sumOfPeriods,
} from './metrics/periods';
export { type RollUpStep, RollUps } from './metrics/roll-ups';
export { agreedShards, agreeOnShards, DeploymentMismatch, OlderEdgesRun } from './nodes/deployment';
export { type ListedNode, NodeDirectory, type NodeReport, type Reaped } from './nodes/node-directory';
export type { Adopted } from './nodes/old-layout';
export type { ScriptName } from './scripts/contract';
export { leaseMs, shardOf } from './scripts/keys';

export { BandwidthLedger } from './usage/bandwidth-ledger';
export { BandwidthMonths } from './usage/bandwidth-months';
export { type Allowance, type Charge, type Charged, Limiter } from './usage/limiter';
