import type { ScriptName } from '../scripts/contract';
import {
  auditKey,
  bandwidthFlushKey,
  bandwidthKey,
  closedMonthsKey,
  deploymentKey,
  jobLockKey,
  jobsKey,
  metricsFlushKey,
  metricsKey,
  metricsTotalKey,
  nodeKey,
  nodesKey,
  rewriteNoteKey,
} from '../scripts/keys';
import type { ServiceName } from './service-name';

/** @property keys as patterns of Redis, in the order of the contract; a script that is passed a shard's prefix has none */
type Access = { by: readonly ServiceName[]; keys?: readonly string[] };

const anyMonth = bandwidthKey('????-??');

/** Which services run each script, and on which keys. What it calls, and on which keys of its shard, is read out of its Lua. */
export const scriptAccess: Readonly<Record<ScriptName, Access>> = {
  audit_record: { by: ['janitor'], keys: [auditKey] },
  bandwidth_add: { by: ['edge'], keys: [anyMonth, bandwidthFlushKey('*')] },
  claim_lookup: { by: ['edge'] },
  contacts_change: { by: ['edge'] },
  deployment_agree: { by: ['edge'], keys: [deploymentKey] },
  deployment_move: { by: ['edge'], keys: [deploymentKey] },
  device_check: { by: ['edge'] },
  device_deregister: { by: ['edge'] },
  device_lookup: { by: ['relayctl'] },
  device_mark: { by: ['edge'] },
  device_register: { by: ['edge'] },
  device_stay: { by: ['edge'] },
  expiry_tidy: { by: ['janitor'] },
  inbox_probe: { by: ['edge'] },
  job_lock: { by: ['janitor'], keys: [jobLockKey('*')] },
  job_record: { by: ['janitor'], keys: [jobsKey] },
  job_unlock: { by: ['janitor'], keys: [jobLockKey('*')] },
  ledger_audit: { by: ['janitor', 'relayctl'] },
  ledger_count: { by: ['janitor', 'relayctl'] },
  mailbox_adopt: { by: ['edge'] },
  message_accept: { by: ['edge'] },
  message_ack: { by: ['edge'] },
  message_answer: { by: ['edge'] },
  message_forward: { by: ['edge'] },
  message_pull: { by: ['edge'] },
  metrics_add: { by: ['edge', 'janitor'], keys: [metricsTotalKey, metricsKey('minute', '*'), metricsFlushKey('*')] },
  metrics_roll_up: { by: ['janitor'], keys: [metricsKey('hour', '*'), metricsKey('day', '*')] },
  month_close: { by: ['janitor'], keys: [anyMonth, closedMonthsKey] },
  node_beat: { by: ['edge'], keys: [nodesKey, nodeKey('*')] },
  node_leave: { by: ['edge'], keys: [nodesKey, nodeKey('*')] },
  node_reap: { by: ['janitor'] },
  node_tidy: { by: ['janitor'] },
  queue_expire: { by: ['edge', 'janitor'] },
  rewrite_note: { by: ['janitor'], keys: [rewriteNoteKey('*')] },
  sender_charge: { by: ['edge'] },
};
