/**
 * @property keys names of its KEYS, in their order
 * @property args names of its ARGV, in their order
 * @property uses files of `../../lua/prelude`, each named for the local that it defines. The loader puts them in front, in this
 *   order; each costs Redis about 0.05 µs a call.
 *   With `deadline` (after `now`) the script takes a deadline after its own arguments and does nothing when that has passed,
 *   since its caller has given up. A deregistration, an ack and a sweep are right however late they come, and take none.
 */
type Signature = { keys: readonly string[]; args: readonly string[]; uses?: readonly string[] };

/**
 * Every script in `../../lua`, with what it is passed. The header of each script gives the same names in the same order; the
 * loader refuses to start a process where the two differ.
 */
const contract = {
  audit_record: { keys: ['auditKey'], args: ['fields'] },
  bandwidth_add: {
    keys: ['monthKey', 'flushedKey'],
    args: ['flush', 'bytes', 'monthLifetimeMs', 'flushedLifetimeMs'],
    uses: ['now'],
  },
  claim_lookup: { keys: ['shard'], args: ['id'] },
  contacts_change: {
    keys: ['shard'],
    args: ['changes', 'maxTags', 'pressure', 'maxGrowth'],
    uses: ['now', 'deadline', 'claimSeconds', 'tagField'],
  },
  deployment_agree: { keys: ['deploymentKey'], args: ['shards'] },
  device_check: {
    keys: ['shard'],
    args: ['holders', 'node', 'leaseMs'],
    uses: ['now', 'deadline', 'keepUntil', 'rememberedSeconds', 'claimSeconds', 'keepKnown', 'suspend'],
  },
  device_deregister: {
    keys: ['shard'],
    args: ['deregistrations'],
    uses: ['now', 'connectionOf', 'knownAfterSeconds', 'rememberedSeconds', 'addStay', 'release', 'suspend'],
  },
  device_lookup: { keys: ['shard'], args: ['id'] },
  device_mark: { keys: ['shard'], args: ['marks'], uses: ['now', 'deadline'] },
  device_register: {
    keys: ['shard'],
    args: ['registrations', 'node', 'leaseMs', 'claims', 'maxRegistrations', 'pressure'],
    uses: [
      'now',
      'deadline',
      'connectionOf',
      'keepUntil',
      'sentMs',
      'startSent',
      'notify',
      'knownAfterSeconds',
      'rememberedSeconds',
      'seenMs',
      'claimSeconds',
      'keepKnown',
      'forgetOldest',
    ],
  },
  device_stay: {
    keys: ['shard'],
    args: ['stays'],
    uses: ['now', 'deadline', 'knownAfterSeconds', 'rememberedSeconds', 'addStay', 'forgetOldest'],
  },
  expiry_tidy: { keys: ['shard'], args: ['start', 'pageSize'], uses: ['release'] },
  inbox_probe: { keys: ['lane'], args: ['node'], uses: ['now', 'sentMs', 'startSent'] },
  job_lock: { keys: ['lockKey'], args: ['run', 'lifetimeMs'] },
  job_record: { keys: ['recordsKey'], args: ['job', 'changes', 'runs', 'failures'] },
  job_unlock: { keys: ['lockKey'], args: ['run'] },
  ledger_audit: { keys: ['shard'], args: ['cursor', 'pageSize'] },
  ledger_count: { keys: ['shard'], args: ['mostQueues'] },
  message_accept: {
    keys: ['shard'],
    args: ['messages', 'node', 'maxMessages', 'maxBytes', 'repeatWindowMs', 'slackMs', 'publishBytes', 'pressure'],
    uses: [
      'now',
      'deadline',
      'count',
      'sentMs',
      'startSent',
      'notify',
      'release',
      'envelopeOf',
      'withEnvelope',
      'rememberedSeconds',
      'seenMs',
      'standingOf',
      'recipientStanding',
      'isShort',
      'tagField',
      'isListed',
      'senderOf',
      'isCounted',
      'countShares',
      'shareOf',
      'addShare',
    ],
  },
  message_ack: {
    keys: ['shard'],
    args: ['acks', 'repeatWindowMs'],
    uses: ['count', 'isCounted', 'senderOf', 'shareOf', 'addShare', 'removeShare'],
  },
  message_answer: { keys: ['shard'], args: ['answers', 'repeatWindowMs'], uses: ['sentMs', 'startSent', 'notify'] },
  message_forward: {
    keys: ['shard'],
    args: ['messages', 'node', 'graceMs', 'publishedBytes'],
    uses: [
      'now',
      'deadline',
      'sentMs',
      'startSent',
      'notify',
      'release',
      'envelopeOf',
      'withEnvelope',
      'tagField',
      'isListed',
    ],
  },
  message_pull: {
    keys: ['shard'],
    args: ['readers', 'maxMessages', 'maxBytes'],
    uses: ['now', 'deadline', 'count', 'expiryOf', 'isCounted', 'senderOf', 'shareOf', 'addShare', 'removeShare'],
  },
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
  node_reap: { keys: ['shard'], args: ['node', 'pageSize'], uses: ['release'] },
  node_tidy: { keys: ['shard'], args: ['node', 'cursor', 'pageSize'] },
  queue_expire: {
    keys: ['shard'],
    args: ['devices', 'pageSize', 'leaseMs'],
    uses: ['now', 'count', 'keepUntil', 'expiryOf', 'isCounted', 'senderOf', 'shareOf', 'addShare', 'removeShare'],
  },
  rewrite_note: { keys: ['noteKey'], args: ['lifetimeMs'] },
  sender_charge: {
    keys: ['shard'],
    args: ['charges', 'maxRequests', 'maxPoints', 'windowMs'],
    uses: ['now', 'deadline'],
  },
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
    const { keys, args, uses = [] } = signatureOf(name);
    return [name, { names: [...keys, ...args], isTimed: uses.includes('deadline') }];
  }),
);

/** The keys and arguments of a call in the order of the contract, then the deadline where the script takes one. */
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
