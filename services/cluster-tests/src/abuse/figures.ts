/** What the relay has to reach while it is attacked, and whether it did. */
import type { Span } from './bystanders';
import type { AttackOutcome } from './scene';

const fairMs = 50;
export const mostRecoveryMs = 10_000;
/** Above the budget, for what came between two looks at Redis. */
const budgetAllowance = 1.1;

/** How late a bystander's message may come, by what it was before the attack: twice as late, or 50 ms. */
export function acceptableMs(before: Span): number {
  return Math.max(fairMs, 2 * before.p99);
}

/** What must not be on any machine, however slow: a sentence for each. */
export function faultsOf(outcome: AttackOutcome): string[] {
  const { attack, tally, refused, lost, watched, budgetBytes } = outcome;
  const faults = attack.faults?.(tally) ?? [];
  const refusals = Object.entries(refused).map(([answer, times]) => `${answer} × ${times}`);
  if (refusals.length > 0) faults.push(`Messages of bystanders were refused: ${refusals.join(', ')}.`);
  if (lost > 0) faults.push(`${lost} messages of bystanders were lost.`);
  if (watched.edgesEnded > 0) faults.push(`${watched.edgesEnded} edges ended.`);
  if (watched.redisBytes > budgetBytes * budgetAllowance)
    faults.push(`Redis had ${watched.redisBytes} bytes, and its budget is ${budgetBytes}.`);
  return faults;
}

/** Figures that a machine with two free cores reaches. */
export function missesOf(outcome: AttackOutcome): string[] {
  const { attack, before, during, recoveredMs, watched, stoodStillMs } = outcome;
  const misses: string[] = [];
  const mostMs = acceptableMs(before);
  if (during.p99 > mostMs)
    misses.push(
      `Messages of bystanders took ${during.p99.toFixed(0)} ms (p99), and may take ${mostMs.toFixed(0)} ms; their own process stood still for up to ${stoodStillMs.toFixed(0)} ms.`,
    );
  if (recoveredMs === null) misses.push(`Bystanders were not served as before within ${mostRecoveryMs / 1000} s.`);
  // Without a balancer that knows addresses, an attacker's new connections are as good as anybody's.
  if (attack.through !== undefined && watched.newcomersRefused > 0)
    misses.push(`${watched.newcomersRefused} of ${watched.newcomers} devices of other addresses could not connect.`);
  for (const [page, times] of Object.entries(watched.unanswered))
    misses.push(`${page} was not answered ${times} times.`);
  return misses;
}
