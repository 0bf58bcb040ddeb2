import { type BandwidthMonths, type MetricsReader, type PeriodCounts, periodStart, stepMs } from '@openrelay/state';
import { counterField } from '@openrelay/telemetry';
import { projectedBytes } from './projection';
import { periodsOf } from './series';
import type { BandwidthView } from './shapes';

/** @property thresholdBytes from it on messages are refused (509) */
export type BandwidthLimits = { limitBytes: number; thresholdBytes: number };

type Day = { startMs: number; bytes: number };

const lookBackMs = 7 * stepMs.day;
const directions = ['in', 'out'] as const;

/** The month's bandwidth. Its days change slowly and are many hashes: they are read once a minute. */
export class BandwidthReading {
  private days: Day[] = [];
  private daysReadAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly months: BandwidthMonths,
    private readonly metrics: MetricsReader,
    private readonly limits: BandwidthLimits,
  ) {}

  /** @throws RedisUnavailable */
  async read(nowMs: number): Promise<BandwidthView> {
    const month = new Date(nowMs).toISOString().slice(0, 7);
    const monthMs = Date.parse(`${month}-01T00:00Z`);
    const [usedBytes, closed] = await Promise.all([this.months.usedBytes(month), this.months.closedMonths()]);
    const days = await this.readDays(monthMs - lookBackMs, nowMs);
    const wholeDays = days.filter(({ startMs }) => startMs < periodStart('day', nowMs));
    return {
      month,
      usedBytes,
      ...this.limits,
      projectedBytes: projectedBytes({ nowMs, usedBytes, wholeDays }),
      days: days.filter(({ startMs }) => startMs >= monthMs).map(named),
      closedMonths: [...closed].map(([name, bytes]) => ({ month: name, bytes })),
    };
  }

  private async readDays(fromMs: number, nowMs: number): Promise<Day[]> {
    if (nowMs - this.daysReadAtMs < 60_000) return this.days;
    this.days = (await periodsOf(this.metrics, 'day', fromMs, nowMs)).map(bytesOf);
    this.daysReadAtMs = nowMs;
    return this.days;
  }
}

function bytesOf({ startMs, fields }: PeriodCounts): Day {
  const bytes = directions.map((direction) => fields.get(counterField('payload_bytes', direction)) ?? 0);
  return { startMs, bytes: bytes.reduce((sum, amount) => sum + amount, 0) };
}

function named({ startMs, bytes }: Day): { day: string; bytes: number } {
  return { day: new Date(startMs).toISOString().slice(0, 10), bytes };
}
