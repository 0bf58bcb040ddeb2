import { type RedisLink, type RedisMemory, redisMemory } from '@openrelay/state';
import type { Log, Metrics } from '@openrelay/telemetry';

/**
 * How short the store is of room. 0: there is enough. 1: nothing is stored for strange ids. 2: nor for those merely seen. 3: nor
 * messages above 16 KiB. 4: nothing. `message_accept` refuses by it.
 */
export type PressureLevel = 0 | 1 | 2 | 3 | 4;

/** At which share of the budget the levels from 1 on begin. */
const beginnings = [0.7, 0.8, 0.9, 1];
/** So far below its beginning a level ends: otherwise what a sweep gives back and a sender takes would switch it to and fro. */
const hysteresis = 0.03;
/** Of maxmemory, where no budget is set: the rest is for registrations, limits, books, and buffers of clients. */
const usualShare = 0.75;

/** @param share of the budget that is used */
export function pressureAt(share: number, before: PressureLevel): PressureLevel {
  const reached = beginnings.filter((beginning) => share >= beginning).length;
  const notLeft = beginnings.filter((beginning) => share > beginning - hysteresis).length;
  return Math.max(reached, Math.min(before, notLeft)) as PressureLevel;
}

/** So long what is stored is stored by the level of before: Redis can take megabytes in that time. */
const afterStoringMs = 100;

export type StorePressureParts = {
  link: RedisLink;
  metrics: Metrics;
  log: Pick<Log, 'info' | 'warn'>;
  /** What each Redis may hold; 0: the usual share of its maxmemory. */
  storeMaxBytes: number;
};

/** Knows how short the store is of room, by its fullest Redis, so that strangers cannot take the room of others. */
export class StorePressure {
  private measured: PressureLevel = 0;
  private isDue = false;
  private budget = 0;
  private logged: 'nothing' | 'a budget' | 'no budget' = 'nothing';

  constructor(private readonly parts: StorePressureParts) {
    parts.metrics.gauge('store_pressure', () => this.measured);
    parts.metrics.gauge('store_budget_bytes', () => this.budget);
  }

  /** As last measured: while Redis is away, as it was before. */
  get current(): PressureLevel {
    return this.measured;
  }

  /** HOT PATH. The same, for something that is stored by it: then it is measured again soon. */
  level(): PressureLevel {
    if (!this.isDue) this.measureSoon();
    return this.measured;
  }

  /** Of the fullest Redis; 0: there is none, or its user may not ask. */
  get budgetBytes(): number {
    return this.budget;
  }

  private measureSoon(): void {
    this.isDue = true;
    const measure = () => {
      this.isDue = false;
      this.measure().catch(() => undefined); // it is measured in a moment again, if anything is stored
    };
    setTimeout(measure, afterStoringMs).unref();
  }

  /**
   * To be called now and then; while something is stored, it is measured often. Does nothing while Redis is away.
   * @throws RedisUnavailable
   */
  async measure(): Promise<void> {
    const { link } = this.parts;
    if (!link.isAvailable) return;
    const masters = await redisMemory(link);
    const bounded = (masters ?? []).map((master) => this.fullnessOf(master)).filter(({ budget }) => budget > 0);
    const [first] = bounded;
    if (first === undefined) {
      this.budget = 0;
      this.change(0, 0);
      this.logUnbounded(masters === undefined ? 'the user that REDIS_URL names may not ask (INFO)' : noLimit);
      return;
    }
    const { budget, usedBytes, limitBytes } = bounded.reduce(
      (most, one) => (one.usedBytes / one.budget > most.usedBytes / most.budget ? one : most),
      first,
    );
    this.budget = budget;
    this.logBudget(limitBytes);
    this.change(pressureAt(usedBytes / budget, this.measured), usedBytes);
  }

  private fullnessOf({ usedBytes, limitBytes }: RedisMemory): RedisMemory & { budget: number } {
    const { storeMaxBytes } = this.parts;
    return { usedBytes, limitBytes, budget: storeMaxBytes > 0 ? storeMaxBytes : Math.ceil(usualShare * limitBytes) };
  }

  private change(level: PressureLevel, usedBytes: number): void {
    if (level === this.measured) return;
    const fields = { level, usedBytes, budgetBytes: this.budget };
    if (level > this.measured) this.parts.log.warn('store.pressure', fields);
    else this.parts.log.info('store.pressure', fields);
    this.measured = level;
  }

  /** @param limitBytes maxmemory; 0: none */
  private logBudget(limitBytes: number): void {
    if (this.logged === 'a budget') return;
    this.logged = 'a budget';
    this.parts.log.info('store.budget', { budgetBytes: this.budget, maxmemoryBytes: limitBytes });
    if (limitBytes === 0 || this.budget <= limitBytes) return;
    const text = `RELAY_STORE_MAX_BYTES is ${this.budget}, above Redis's maxmemory (${limitBytes}): Redis refuses first, and live messages too.`;
    this.parts.log.warn('settings.warning', { text });
  }

  private logUnbounded(reason: string): void {
    if (this.logged === 'no budget') return;
    this.logged = 'no budget';
    this.parts.log.warn('store.unbounded', { reason });
  }
}

const noLimit = 'Redis has no maxmemory, and RELAY_STORE_MAX_BYTES is not set: strangers may fill the machine';
