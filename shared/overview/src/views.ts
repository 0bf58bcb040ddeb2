/** What is shown of each record that lies in Redis. */
import type { FoundDevice, JobRecord, LedgerTotals, ListedNode, RedisHealth } from '@openrelay/state';
import { problemsTable, safePolicy } from './problems';
import { refusedAt } from './refused-at';
import type { JobView, NodeView, QueuesView, RedisView, StoreView } from './shapes';

const unknown = {
  startedAtMs: null,
  connections: null,
  rssBytes: null,
  cpuPercent: null,
  eventLoopDelayMs: null,
  redisRoundTripMs: null,
  messagesPerSecond: null,
  port: null,
};

export function nodeView({ node, lastSeenMs, report }: ListedNode): NodeView {
  if (report === undefined) return { node, lastSeenMs, state: 'silent', ...unknown };
  const { draining, storePressure: _, storeBudgetBytes: __, ...figures } = report; // `storeView` shows these
  return { node, lastSeenMs, state: draining === 'yes' ? 'draining' : 'up', ...figures };
}

/** By the node that refuses most: each measures for itself. */
export function storeView(listed: readonly ListedNode[]): StoreView {
  const reports = listed.flatMap(({ report }) => report ?? []);
  const pressure = Math.max(0, ...reports.map(({ storePressure }) => storePressure));
  const budgetBytes = reports.find(({ storePressure }) => storePressure === pressure)?.storeBudgetBytes ?? 0;
  return {
    pressure,
    refuses: refusedAt[pressure] ?? 'everything',
    budgetBytes: budgetBytes === 0 ? null : budgetBytes,
  };
}

const intervalsUntilLate = 3;

/** @param nowMs by Redis's clock, as the record's times are */
export function jobStateAt(nowMs: number, job: JobRecord): JobView['state'] {
  if (job.lastError !== undefined) return 'failing';
  const lastMs = job.lastSucceededAtMs ?? job.lastStartedAtMs;
  if (lastMs === undefined) return 'never ran';
  return nowMs - lastMs > intervalsUntilLate * job.everySeconds * 1000 ? 'late' : 'well';
}

export function queuesView({
  queued,
  queuedBytes,
  devicesWithQueue,
  accepted,
  acked,
  expired,
}: LedgerTotals): QueuesView {
  return { messages: queued, bytes: queuedBytes, devices: devicesWithQueue, accepted, acked, expired };
}

/** What may be known of a device: never what is sent to it, nor its whole id. */
export type DeviceView = {
  /** The first 8 digits of its hardware id. */
  device: string;
  registered: FoundDevice['registered'];
  queued: number;
  queuedBytes: number;
  /** By Redis's clock. */
  oldestQueuedAtMs: number | null;
};

const digitsShown = 8;

export function deviceView(hardwareId: string, { oldestQueuedAtMs, ...found }: FoundDevice): DeviceView {
  const device = hardwareId.slice(0, digitsShown).toUpperCase();
  return { device, ...found, oldestQueuedAtMs: oldestQueuedAtMs ?? null };
}

/** @param masters one, or those of a Redis Cluster: the fullest counts, and one that fails */
export function redisView(masters: readonly RedisHealth[]): RedisView {
  const fullest = masters.reduce((most, master) => (shareOf(master) > shareOf(most) ? master : most));
  const share = shareOf(fullest);
  return {
    state: share >= 1 ? 'full' : share > problemsTable['redis-full'].above ? 'nearly full' : 'well',
    usedBytes: fullest.usedBytes,
    limitBytes: fullest.limitBytes === 0 ? null : fullest.limitBytes,
    disk: masters.some(({ disk }) => disk === 'failing') ? 'failing' : 'well',
    policy: masters.find(({ policy }) => policy !== safePolicy)?.policy ?? safePolicy,
  };
}

function shareOf({ usedBytes, limitBytes }: RedisHealth): number {
  return limitBytes === 0 ? 0 : usedBytes / limitBytes;
}
