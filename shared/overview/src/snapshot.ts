import type { BandwidthView } from './bandwidth';
import type { Counts } from './counts';
import type { JobView } from './jobs';
import type { LedgerView } from './ledger';
import type { NodeView } from './nodes';
import type { QueuesView } from './queues';
import type { RedisView } from './redis';

/** The cluster at one instant by Redis's clock. */
export type Snapshot = Counts & {
  nodes: NodeView[];
  connections: number;
  queues: QueuesView;
  bandwidth: BandwidthView;
  jobs: JobView[];
  /** null until the janitor has counted once. */
  ledger: LedgerView | null;
  /** null: the user that REDIS_URL names may not ask for it (INFO). */
  redis: RedisView | null;
};
