export { BandwidthLedger } from './bandwidth-ledger';
export { agreedShards, agreeOnShards, DeploymentMismatch } from './deployment';
export { type Envelope, envelopeBytes, type QueuedMessage } from './envelope';
export { type Forwarded, Forwarder, type Forwarding } from './forwarder';
export { Inbox, type Notice } from './inbox';
export { shardOf } from './keys';
export { type Audit, Ledger, type ShardBooks } from './ledger';
export { type Allowance, type Charge, type Charged, Limiter } from './limiter';
export {
  type Acceptance,
  type Accepted,
  type Acknowledgement,
  MessageQueue,
  type Page,
  type QueueRules,
  type Reader,
} from './message-queue';
export { NodeDirectory, type NodeReport } from './node-directory';
export { RedisAway, RedisLink } from './redis-link';
export {
  type Departure,
  type Holder,
  type HolderState,
  type Mark,
  type Registered,
  type Registration,
  Registry,
} from './registry';
export type { ScriptName } from './script';
