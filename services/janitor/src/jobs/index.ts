import type { JobName } from '../schedule';
import { auditLedger } from './audit-ledger';
import { closeMonths } from './close-months';
import { expireQueues } from './expire-queues';
import type { Job } from './job';
import { reapNodes } from './reap-nodes';
import { removeIdleKeys } from './remove-idle-keys';
import { rollUpMetrics } from './roll-up-metrics';

export const jobs: Readonly<Record<JobName, Job>> = {
  'expire-queues': expireQueues,
  'reap-nodes': reapNodes,
  'audit-ledger': auditLedger,
  'roll-up-metrics': rollUpMetrics,
  'close-months': closeMonths,
  'remove-idle-keys': removeIdleKeys,
};
