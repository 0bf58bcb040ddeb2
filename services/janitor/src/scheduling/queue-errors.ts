import { isConnectionLost, probeWrites, type RedisLink, refusedWrite } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';

/**
 * What goes wrong in BullMQ, logged once. The link logs that Redis is away; a refusal is logged when it begins and when it
 * ends; any other error once until BullMQ completes a job.
 */
export class QueueErrors {
  private lastError = '';
  private refusedSinceMs: number | undefined;

  constructor(
    private readonly link: RedisLink,
    private readonly log: Log,
  ) {}

  note(error: Error): void {
    if (!this.link.isAvailable || isConnectionLost(error)) return;
    if (this.refusedSinceMs !== undefined) return; // what follows from it, such as the lost lock of a job whose end was refused
    const refusal = refusedWrite(error);
    if (refusal !== undefined) {
      this.refusedSinceMs = performance.now();
      this.log.warn('redis.refuses', { reason: refusal });
    } else if (String(error) !== this.lastError) {
      this.lastError = String(error);
      this.log.error('process.unexpected', { error: this.lastError });
    }
  }

  jobCompleted(): void {
    this.lastError = '';
    if (this.refusedSinceMs !== undefined) void this.checkWrites(this.refusedSinceMs); // never rejects
  }

  /** Some scripts of BullMQ pass even without memory, so a completed job alone does not say that Redis takes writes again. */
  private async checkWrites(refusedSinceMs: number): Promise<void> {
    try {
      await probeWrites(this.link);
    } catch {
      return; // still refused
    }
    if (this.refusedSinceMs !== refusedSinceMs) return; // logged by another check
    this.refusedSinceMs = undefined;
    this.log.info('redis.accepts', { refusedMs: Math.round(performance.now() - refusedSinceMs) });
  }
}
