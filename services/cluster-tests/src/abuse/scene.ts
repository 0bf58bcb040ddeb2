import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { AbuseCluster, type AbuseClusterOptions } from './abuse-cluster';
import type { Attack, Tally } from './attack';
import { attackWith } from './attackers';
import { Bystanders, type Span } from './bystanders';
import { acceptableMs } from './figures';
import { rank, takeRank } from './rank';
import { Watch, type Watched } from './watch';

export type Timing = {
  /** Before the attack, for comparison. */
  readonly beforeMs: number;
  readonly attackMs: number;
  /** The longest that the bystanders may take to be served as before; 0: it is not looked at. */
  readonly recoveryMs: number;
  /** How many of its connections, messages or ids the attack is to have: 1 for all. */
  readonly share: number;
  readonly priority: 'lowest' | 'ordinary';
};

export type AttackOutcome = {
  readonly attack: Attack;
  readonly tally: Tally;
  readonly before: Span;
  readonly during: Span;
  readonly after: Span;
  /** Messages of bystanders that were not taken, by answer. */
  readonly refused: Readonly<Record<string, number>>;
  /** Taken, and never received. */
  readonly lost: number;
  readonly disconnections: number;
  /** Null: they were not served as before within the time, or nobody looked. */
  readonly recoveredMs: number | null;
  readonly watched: Watched;
  readonly budgetBytes: number;
  /** The longest that the bystanders' own process stood still during the attack: so much of a message's time may be its doing. */
  readonly stoodStillMs: number;
};

const stepMs = 250;
/** Bystanders are on machines of their own, in truth: their process goes before the relay's where it may. */
const bystanderPriority = -10;

/** A cluster, bystanders on it, and somebody who watches: what an attack is played on. */
export class Scene {
  private constructor(
    private readonly cluster: AbuseCluster,
    private readonly stopping: AbortSignal,
  ) {}

  static async set(options: AbuseClusterOptions, stopping: AbortSignal): Promise<Scene> {
    return new Scene(await AbuseCluster.start(options), stopping);
  }

  async play(attack: Attack, { beforeMs, attackMs, recoveryMs, share, priority }: Timing): Promise<AttackOutcome> {
    const stage = await attack.stage?.(this.cluster);
    const bystanders = await Bystanders.arrive(this.cluster.endpoints);
    const watch = new Watch(this.cluster);
    const usualRank = rank();
    // An attacker of ordinary priority would be as high.
    if (priority === 'lowest') takeRank({ process: bystanderPriority, session: bystanderPriority });
    const standstill = monitorEventLoopDelay({ resolution: 1 });
    try {
      bystanders.start();
      const startMs = performance.now();
      await pause(beforeMs, undefined, { signal: this.stopping });
      watch.begin();
      standstill.enable();
      const beganMs = performance.now();
      const plan = { milliseconds: attackMs, share, priority, given: stage?.given ?? [] };
      const attacked = await attackWith(attack, this.cluster, plan, this.stopping);
      const endedMs = performance.now();
      standstill.disable();
      watch.end();
      const staged = await stage?.finish?.();
      const before = bystanders.span(startMs, beganMs);
      const recoveredMs = await this.recovered(bystanders, endedMs, acceptableMs(before), recoveryMs);
      const afterMs = performance.now();
      await bystanders.settle();
      return {
        attack,
        tally: { ...attacked, ...staged },
        before,
        during: bystanders.span(beganMs, endedMs),
        after: bystanders.span(recoveredMs === null ? endedMs : endedMs + recoveredMs, afterMs),
        refused: bystanders.refused,
        lost: bystanders.lost,
        disconnections: bystanders.disconnections,
        recoveredMs,
        watched: watch.result(),
        budgetBytes: this.cluster.budgetBytes,
        stoodStillMs: standstill.max / 1e6,
      };
    } finally {
      takeRank(usualRank);
      watch.stop();
      bystanders.disconnect();
    }
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  /** How long after the attack the first second began in which the bystanders were served as before. */
  private async recovered(
    bystanders: Bystanders,
    endedMs: number,
    withinMs: number,
    mostMs: number,
  ): Promise<number | null> {
    for (let atMs = 0; atMs < mostMs; atMs += stepMs) {
      const fromMs = endedMs + atMs;
      const waitMs = fromMs + 1000 + withinMs - performance.now();
      await pause(Math.max(0, waitMs), undefined, { signal: this.stopping });
      if (bystanders.wereServed(fromMs, fromMs + 1000, withinMs)) return atMs;
    }
    return null;
  }
}
