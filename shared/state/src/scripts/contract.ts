/** What a script is passed: the names of its KEYS and ARGV, in their order. */
type Signature = { keys: readonly string[]; args: readonly string[]; timed?: true };

/**
 * Every script in `../../lua`, with what it is passed. The header of each script gives the same names in the same order; the
 * loader refuses to start a process where the two differ.
 *
 * `timed`: the script takes a deadline behind its own arguments and does nothing when that has passed, as whoever waited for it
 * has given up. A deregistration, an ack and a sweep are right however late they come, and take none.
 */
export const contract = {
  audit_record: { keys: ['auditKey'], args: ['fields'] },
  bandwidth_add: {
    keys: ['monthKey', 'flushedKey'],
    args: ['flush', 'bytes', 'monthLifetimeMs', 'flushedLifetimeMs'],
  },
  deployment_agree: { keys: ['deploymentKey'], args: ['shards'] },
  device_check: { keys: ['shard'], args: ['holders', 'node', 'leaseMs'], timed: true },
  device_deregister: { keys: ['shard'], args: ['deregistrations'] },
  device_lookup: { keys: ['shard'], args: ['id'] },
  device_mark: { keys: ['shard'], args: ['marks'], timed: true },
  device_register: { keys: ['shard'], args: ['registrations', 'node', 'leaseMs'], timed: true },
  expiry_tidy: { keys: ['shard'], args: ['start', 'pageSize'] },
  job_lock: { keys: ['lockKey'], args: ['run', 'lifetimeMs'] },
  job_record: { keys: ['recordsKey'], args: ['job', 'changes', 'runs', 'failures'] },
  job_unlock: { keys: ['lockKey'], args: ['run'] },
  ledger_audit: { keys: ['shard'], args: ['cursor', 'pageSize'] },
  ledger_count: { keys: ['shard'], args: ['mostQueues'] },
  message_accept: {
    keys: ['shard'],
    args: ['messages', 'node', 'maxMessages', 'maxBytes', 'repeatWindowMs', 'slackMs', 'publishBytes'],
    timed: true,
  },
  message_ack: { keys: ['shard'], args: ['acks', 'repeatWindowMs'] },
  message_answer: { keys: ['shard'], args: ['answers', 'repeatWindowMs'] },
  message_forward: { keys: ['shard'], args: ['messages', 'node', 'graceMs', 'publishedBytes'], timed: true },
  message_pull: { keys: ['shard'], args: ['readers', 'maxMessages', 'maxBytes'], timed: true },
  metrics_add: {
    keys: ['totalKey', 'minuteKey', 'flushedKey'],
    args: ['flush', 'fields', 'minuteLifetimeMs', 'flushedLifetimeMs'],
  },
  metrics_roll_up: { keys: ['key'], args: ['fields', 'forgottenAtMs'] },
  month_close: { keys: ['monthKey', 'monthsKey'], args: ['month'] },
  node_beat: {
    keys: ['nodesKey', 'nodeKey'],
    args: ['node', 'report', 'lifetimeMs', 'forgottenAfterMs', 'atMs'],
  },
  node_leave: { keys: ['nodesKey', 'nodeKey'], args: ['node'] },
  node_reap: { keys: ['shard'], args: ['node', 'pageSize'] },
  node_tidy: { keys: ['shard'], args: ['node', 'cursor', 'pageSize'] },
  queue_expire: { keys: ['shard'], args: ['devices', 'pageSize', 'leaseMs'] },
  sender_charge: { keys: ['shard'], args: ['charges', 'maxRequests', 'maxPoints', 'windowMs'], timed: true },
} as const satisfies Record<string, Signature>;

type Contract = typeof contract;
export type ScriptName = keyof Contract;

export type ScriptArgument = string | number | Buffer;

/** What a call passes, by the names of the contract. */
export type ScriptValues<Name extends ScriptName> = Record<Contract[Name]['keys'][number], string> &
  Record<Contract[Name]['args'][number], ScriptArgument>;

/** Whether the script takes a deadline behind its own arguments. */
export function isTimed(name: ScriptName): boolean {
  return 'timed' in contract[name];
}

const orders = new Map<ScriptName, readonly string[]>(
  Object.entries(contract).map(([name, { keys, args }]) => [name as ScriptName, [...keys, ...args]]),
);

/** The keys and arguments of a call in the order of the contract, the deadline behind them where the script takes one. */
export function inOrder<Name extends ScriptName>(
  name: Name,
  values: ScriptValues<Name>,
  deadlineMs: number,
): ScriptArgument[] {
  const byName = values as Record<string, ScriptArgument>;
  const ordered = orders.get(name)!.map((each) => byName[each]!);
  if (isTimed(name)) ordered.push(Math.ceil(deadlineMs));
  return ordered;
}
