/**
 * Every log line the services write: its name and the fields it may have. There is deliberately no type of field that could
 * hold an id or a payload: `text` is for words of ours and for reasons that the system gives.
 */
export type FieldKind = 'number' | 'text';

export const eventsTable = {
  'edge.starting': { version: 'text', transport: 'text' },
  'edge.adopted': { devices: 'number', messages: 'number', damaged: 'number' },
  'edge.listening': { port: 'number', address: 'text', transport: 'text' },
  'edge.draining': {},
  'edge.stopped': { connectionsClosed: 'number' },
  'janitor.starting': { version: 'text' },
  'janitor.ready': {},
  'janitor.stopped': {},
  'job.failed': { job: 'text', error: 'text' },
  'job.overdue': { job: 'text' },
  'job.removed': { job: 'text' },
  'ledger.unbalanced': { shard: 'number', missing: 'number' },
  'ops.starting': { version: 'text' },
  'ops.listening': { port: 'number', address: 'text', access: 'text' },
  'ops.stopped': {},
  'certificate.loaded': { validUntil: 'text' },
  'certificate.expired': { validUntil: 'text' },
  'certificate.kept': { error: 'text' },
  'redis.away': { reason: 'text' },
  'redis.back': { awayMs: 'number' },
  'redis.refuses': { reason: 'text' },
  'redis.accepts': { refusedMs: 'number' },
  'redis.evicts': { policy: 'text' },
  'store.budget': { budgetBytes: 'number', maxmemoryBytes: 'number' },
  'store.unbounded': { reason: 'text' },
  'store.pressure': { level: 'number', usedBytes: 'number', budgetBytes: 'number' },
  'subscriber.replaced': { reason: 'text' },
  'settings.warning': { text: 'text' },
  'connections.full': { refused: 'number', max: 'number' },
  'files.short': { open: 'number', limit: 'number' },
  'files.enough': { open: 'number', limit: 'number' },
  'memory.short': { usedBytes: 'number', limitBytes: 'number' },
  'memory.enough': { usedBytes: 'number', limitBytes: 'number' },
  'log.dropped': { lines: 'number' },
  'process.unexpected': { error: 'text' },
  'process.failed': { error: 'text', at: 'text' },
} as const satisfies Record<string, Readonly<Record<string, FieldKind>>>;

export type EventName = keyof typeof eventsTable;

export type EventFields<Name extends EventName> = {
  readonly [Field in keyof (typeof eventsTable)[Name]]: (typeof eventsTable)[Name][Field] extends 'number'
    ? number
    : string;
};
