/** When each of the janitor's jobs runs, and why. Patterns are cron's with seconds in front, in UTC. */
type Plan = { pattern: string; everySeconds: number; why: string };

export const schedule = {
  'expire-queues': {
    pattern: '*/10 * * * * *',
    everySeconds: 10,
    why: 'Messages whose lifetime has ended leave their queues, are counted, and give their memory back.',
  },
  'reap-nodes': {
    pattern: '30 * * * * *',
    everySeconds: 60,
    why: 'Devices of an edge that died are no longer taken for connected.',
  },
  'audit-ledger': {
    pattern: '0 */5 * * * *',
    everySeconds: 300,
    why: 'A message that got lost in Redis, or was counted twice, is noticed.',
  },
  'roll-up-metrics': {
    pattern: '0 2 * * * *',
    everySeconds: 3600,
    why: 'What was counted stays readable by hour for 90 days and by day for 400, while minutes are kept for two days.',
  },
  'close-months': {
    pattern: '0 10 * * * *',
    everySeconds: 3600,
    why: 'The bandwidth of months that are over is kept for good.',
  },
  'remove-idle-keys': {
    pattern: '0 25 * * * *',
    everySeconds: 3600,
    why: 'What outlived its use in Redis goes before its lifetime ends.',
  },
} as const satisfies Record<string, Plan>;

export type JobName = keyof typeof schedule;

export const jobNames = Object.keys(schedule) as JobName[];
