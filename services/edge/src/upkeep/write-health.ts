import { isNotPermitted, lacksPermission, refusedWrite, replicaNamed } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';

/** Why Redis refused it when it was last made. */
type Outcome = { refusal: string | undefined };

/**
 * What a node writes by itself, at intervals: a Redis that refuses writes is seen by it, also while no device asks for
 * anything. Logs when the first is refused and when all are taken again.
 */
export class WriteHealth {
  private readonly outcomes: Outcome[] = [];
  private refusedSinceMs: number | undefined;

  /** @param monotonicMs a clock that only goes forward, in ms */
  constructor(
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly monotonicMs: () => number,
  ) {}

  /**
   * Why Redis takes none of them; undefined while it takes one. Without memory it takes those that registrations and acks
   * are like, and of a Cluster one master may refuse what the others take: devices are served then.
   */
  get refusal(): string | undefined {
    const refusals = this.outcomes.flatMap(({ refusal }) => refusal ?? []);
    return refusals.length === this.outcomes.length ? refusals[0] : undefined;
  }

  /** The same work, watched. It does not fail for being refused. */
  watched(write: () => Promise<void>): () => Promise<void> {
    const outcome: Outcome = { refusal: undefined };
    this.outcomes.push(outcome);
    return async () => {
      try {
        await write();
        outcome.refusal = undefined;
      } catch (error) {
        const refusal = refusedWrite(error);
        if (refusal === undefined) throw error; // a Redis that is away may go on to refuse when it is back
        outcome.refusal = refusal;
      }
      this.logChange();
    };
  }

  private logChange(): void {
    const [reason] = this.outcomes.flatMap(({ refusal }) => refusal ?? []);
    if (reason !== undefined && this.refusedSinceMs === undefined) {
      this.refusedSinceMs = this.monotonicMs();
      this.log.warn('redis.refuses', { reason });
    } else if (reason === undefined && this.refusedSinceMs !== undefined) {
      this.log.info('redis.accepts', { refusedMs: Math.round(this.monotonicMs() - this.refusedSinceMs) });
      this.refusedSinceMs = undefined;
    }
  }
}

/** For the first write of all, without which a node cannot start. @throws Error in one sentence, for being refused */
export function explainRefusal(error: unknown): never {
  if (error instanceof Error && isNotPermitted(error)) throw new Error(lacksPermission(error.message));
  const refusal = refusedWrite(error);
  if (refusal === undefined) throw error;
  throw new Error(refusal.startsWith('READONLY') ? replicaNamed : `Redis takes no writes (${refusal}).`);
}
