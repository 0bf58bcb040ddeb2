import type { RegisteredConnection } from './registered-connection';

type Patient = Pick<RegisteredConnection, 'ping' | 'heardAtMs' | 'abandon'>;

const everyMs = 30_000;
const patienceMs = 20_000;
/** After a stall of this process, what came meanwhile is read only now. */
const graceMs = 250;

/** Pings a connection, and abandons it when nothing at all comes back: a dead network closes no socket. */
export class Heartbeat {
  private readonly interval: ReturnType<typeof setInterval>;
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(
    private readonly connection: Patient,
    private readonly now: () => number,
  ) {
    this.interval = setInterval(() => this.probe(patienceMs), everyMs);
  }

  probe(waitMs: number): void {
    const askedAtMs = this.now();
    // Anything that is heard counts as an answer.
    this.connection.ping().catch(() => {});
    this.after(waitMs, () => {
      if (!this.isSilentSince(askedAtMs)) return;
      this.after(graceMs, () => {
        if (this.isSilentSince(askedAtMs)) this.connection.abandon(`nothing came for ${Math.round(waitMs / 1000)} s`);
      });
    });
  }

  stop(): void {
    clearInterval(this.interval);
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private isSilentSince(atMs: number): boolean {
    return this.connection.heardAtMs < atMs;
  }

  private after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, delayMs);
    this.timers.add(timer);
  }
}
