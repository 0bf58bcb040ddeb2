import { isNotPermitted, lacksPermission, refusedWrite, replicaNamed } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';

/** Of the last time that a write was made: why Redis refused it, if it did. */
type Outcome = { refusal: string | undefined };

/**
 * Watches what a node writes at intervals, so that it notices a Redis that refuses writes also while no device asks for
 * anything. Logs when the first write is refused, and when all are accepted again.
 */
export class WriteHealth {
  private readonly outcomes: Outcome[] = [];
  private refusedSinceMs: number | undefined;

  constructor(
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly monotonicMs: () => number,
  ) {}

  /**
   * Why Redis refuses all of them; undefined while it accepts one. Without memory it accepts some, as it does registrations
   * and acks, and of a Cluster one master alone may refuse: devices can be served then.
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
        if (refusal === undefined) throw error; // a Redis that is away may still refuse when it is back
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

/** Of the first write, without which a node cannot start. @throws Error in one sentence, for being refused */
export function explainRefusal(error: unknown): never {
  if (error instanceof Error && isNotPermitted(error)) throw new Error(lacksPermission(error.message));
  const refusal = refusedWrite(error);
  if (refusal === undefined) throw error;
  throw new Error(refusal.startsWith('READONLY') ? replicaNamed : `Redis takes no writes (${refusal}).`);
}
