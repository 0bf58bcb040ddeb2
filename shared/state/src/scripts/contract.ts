/**
 * @property keys names of its KEYS, in their order
 * @property args names of its ARGV, in their order
 * @property isTimed it takes a deadline after its own arguments and does nothing when that has passed, since its caller has given up.
 *   A deregistration, an ack and a sweep are right however late they come, and take none.
 */
type Signature = { keys: readonly string[]; args: readonly string[]; isTimed?: true };

/**
 * Every script in `../../lua`, with what it is passed. The header of each script gives the same names in the same order; the
 * loader refuses to start a process where the two differ.
 */
const contract = {
  audit_record: { keys: ['auditKey'], args: ['fields'] },
  bandwidth_add: { keys: ['monthKey', 'flushedKey'], args: ['flush', 'bytes', 'monthLifetimeMs', 'flushedLifetimeMs'] },
  claim_lookup: { keys: ['shard'], args: ['id'] },
  contacts_change: { keys: ['lane'], args: ['changes', 'maxTags', 'pressure', 'maxGrowth'], isTimed: true },
  deployment_agree: { keys: ['deploymentKey'], args: ['shards'] },
  deployment_move: { keys: ['deploymentKey'], args: ['step'] },
  device_check: { keys: ['lane'], args: ['holders', 'node', 'leaseMs'], isTimed: true },
  device_deregister: { keys: ['lane'], args: ['deregistrations'] },
  device_lookup: { keys: ['shard'], args: ['id'] },
  device_mark: { keys: ['lane'], args: ['marks'], isTimed: true },
  device_register: {
    keys: ['lane'],
    args: ['registrations', 'node', 'leaseMs', 'claims', 'maxRegistrations', 'pressure'],
    isTimed: true,
  },
  device_stay: { keys: ['lane'], args: ['stays'], isTimed: true },
  expiry_tidy: { keys: ['shard'], args: ['start', 'pageSize'] },
  inbox_probe: { keys: ['lane'], args: ['node'] },
  job_lock: { keys: ['lockKey'], args: ['run', 'lifetimeMs'] },
  job_record: { keys: ['recordsKey'], args: ['job', 'changes', 'runs', 'failures'] },
  job_unlock: { keys: ['lockKey'], args: ['run'] },
  ledger_audit: { keys: ['shard'], args: ['cursor', 'pageSize'] },
  ledger_count: { keys: ['shard'], args: ['mostQueues'] },
  mailbox_adopt: { keys: ['shard'], args: ['id', 'messages'] },
  message_accept: {
    keys: ['lane'],
    args: ['recipients', 'node', 'maxMessages', 'maxBytes', 'slackMs', 'publishBytes', 'pressure'],
    isTimed: true,
  },
  message_ack: { keys: ['lane'], args: ['acks'] },
  message_answer: { keys: ['lane'], args: ['answers'] },
  message_forward: { keys: ['lane'], args: ['messages', 'node', 'graceMs', 'publishedBytes'], isTimed: true },
  message_pull: {
    keys: ['lane'],
    args: ['readers', 'maxMessages', 'maxBytes', 'mostMessages', 'mostBytes'],
    isTimed: true,
  },
  metrics_add: {
    keys: ['totalKey', 'minuteKey', 'flushedKey'],
    args: ['flush', 'fields', 'minuteLifetimeMs', 'flushedLifetimeMs'],
  },
  metrics_roll_up: { keys: ['key'], args: ['fields', 'forgottenAtMs'] },
  month_close: { keys: ['monthKey', 'monthsKey'], args: ['month'] },
  node_beat: { keys: ['nodesKey', 'nodeKey'], args: ['node', 'report', 'lifetimeMs', 'forgottenAfterMs', 'atMs'] },
  node_leave: { keys: ['nodesKey', 'nodeKey'], args: ['node'] },
  node_reap: { keys: ['shard'], args: ['node', 'pageSize'] },
  node_tidy: { keys: ['shard'], args: ['node', 'cursor', 'pageSize'] },
  queue_expire: { keys: ['lane'], args: ['shardNumber', 'devices', 'pageSize', 'leaseMs'] },
  rewrite_note: { keys: ['noteKey'], args: ['lifetimeMs'] },
  sender_charge: { keys: ['lane'], args: ['charges', 'maxRequests', 'maxPoints', 'limitWindowMs'], isTimed: true },
} as const satisfies Record<string, Signature>;

type Contract = typeof contract;
export type ScriptName = keyof Contract;

export type ScriptArgument = string | number | Buffer;

/** What a call passes, by the names of the contract. */
export type ScriptValues<Name extends ScriptName> = Record<Contract[Name]['keys'][number], string> &
  Record<Contract[Name]['args'][number], ScriptArgument>;

export const scriptNames = Object.keys(contract) as ScriptName[];

export function signatureOf(name: ScriptName): Signature {
  return contract[name];
}

/** Laid out once: what every call needs. */
const layouts = new Map(
  scriptNames.map((name) => {
    const { keys, args, isTimed } = signatureOf(name);
    return [name, { names: [...keys, ...args], isTimed }];
  }),
);

/** The keys and arguments of a call in the order of the contract, what comes behind them, then the deadline where the script takes one. */
export function inOrder<Name extends ScriptName>(
  name: Name,
  values: ScriptValues<Name>,
  deadlineMs: number,
): ScriptArgument[] {
  const byName = values as Record<string, ScriptArgument>;
  const { names, isTimed } = layouts.get(name)!;
  const ordered = names.map((each) => byName[each]!);
  if (isTimed) ordered.push(Math.ceil(deadlineMs));
  return ordered;
}
