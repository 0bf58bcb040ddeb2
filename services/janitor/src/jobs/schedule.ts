import { auditLedger } from './audit-ledger';
import { closeMonths } from './close-months';
import { expireQueues } from './expire-queues';
import type { Job } from './job';
import { reapNodes } from './reap-nodes';
import { removeIdleKeys } from './remove-idle-keys';
import { lookSeconds, rewriteAppendOnly } from './rewrite-append-only';
import { rollUpMetrics } from './roll-up-metrics';

/**
 * When each of the janitor's jobs runs, why, and what runs. Patterns are cron's with seconds in front, in UTC; a test compares
 * them with `everySeconds`.
 */
type Plan = { pattern: string; everySeconds: number; why: string; run: Job };

export const schedule = {
  'expire-queues': {
    pattern: '*/10 * * * * *',
    everySeconds: 10,
    why: 'Messages whose lifetime has ended leave their queues, are counted, and give their memory back.',
    run: expireQueues,
  },
  'reap-nodes': {
    pattern: '30 * * * * *',
    everySeconds: 60,
    why: 'Devices of an edge that died are no longer taken for connected.',
    run: reapNodes,
  },
  'audit-ledger': {
    pattern: '0 */5 * * * *',
    everySeconds: 300,
    why: 'A message that got lost in Redis, or was counted twice, is noticed.',
    run: auditLedger,
  },
  'rewrite-append-only': {
    pattern: '45 * * * * *',
    everySeconds: lookSeconds,
    why: "What was delivered or has expired leaves Redis's append-only file, and so the disk.",
    run: rewriteAppendOnly,
  },
  'roll-up-metrics': {
    pattern: '0 2 * * * *',
    everySeconds: 3600,
    why: 'What was counted stays readable by hour for 90 days and by day for 400, while minutes are kept for two days.',
    run: rollUpMetrics,
  },
  'close-months': {
    pattern: '0 10 * * * *',
    everySeconds: 3600,
    why: 'The bandwidth of months that are over is kept for good.',
    run: closeMonths,
  },
  'remove-idle-keys': {
    pattern: '0 25 * * * *',
    everySeconds: 3600,
    why: 'What outlived its use in Redis goes before its lifetime ends.',
    run: removeIdleKeys,
  },
} as const satisfies Record<string, Plan>;

export type JobName = keyof typeof schedule;

export const jobNames = Object.keys(schedule) as JobName[];
