import { programNamed } from '../balancers/program';
import type { Attack } from './attack';
import { mostRecoveryMs } from './figures';
import { type AbuseReport, brief, type Skipped } from './report';
import { type AttackOutcome, Scene } from './scene';

export type AbuseOptions = {
  readonly attacks: readonly Attack[];
  readonly seconds: number;
};

const beforeMs = 6000;
/** So little that an attacker who shares two cores with the relay could fill it in seconds. */
const maxMemoryBytes = 250_000_000;

/** Each attack on a cluster of its own. `say` gets a line as each begins and ends. */
export async function runAttacks(
  { attacks, seconds }: AbuseOptions,
  stopping: AbortSignal,
  say: (line: string) => void,
): Promise<AbuseReport> {
  const outcomes: AttackOutcome[] = [];
  const skipped: Skipped[] = [];
  for (const [index, attack] of attacks.entries()) {
    const { name, summary, through, settings } = attack;
    const place = `${index + 1}/${attacks.length} ${name}`;
    if (through !== undefined && !isThere(through)) {
      skipped.push({ name, summary, why: 'as HAProxy is not installed' });
      continue;
    }
    say(`${place}: ${summary} …`);
    const timing = {
      beforeMs,
      attackMs: seconds * 1000,
      recoveryMs: mostRecoveryMs,
      share: 1,
      priority: 'lowest',
    } as const;
    const scene = await Scene.set({ settings, maxMemoryBytes, through }, stopping);
    try {
      const outcome = await scene.play(attack, timing);
      say(`${place}: ${brief(outcome)}`);
      outcomes.push(outcome);
    } finally {
      await scene.stop();
    }
  }
  return { outcomes, skipped };
}

function isThere(program: string): boolean {
  try {
    return programNamed(program) !== '';
  } catch {
    return false;
  }
}
