import { CalledWrongly } from './exit-code';

export const steps = ['minute', 'hour', 'day'] as const;

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const agoForm = /^(\d{1,6})([smhd])$/;
/** Without a zone a time would be read in this machine's own, and with a day that does not exist as another one. */
const isoForm = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** `now`, a time ago (`90s`, `30m`, `12h`, `7d`) or ISO 8601. @throws CalledWrongly */
export function parseInstant(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const [, amount, unit] = agoForm.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * unitMs[unit as keyof typeof unitMs];
  const instantMs = isoForm.test(text) ? Date.parse(text) : Number.NaN;
  if (instantMs >= 0) return instantMs;
  throw new CalledWrongly(
    `${JSON.stringify(text)} is no time: use now, a time ago such as 30m, 12h or 7d, or ISO 8601 such as 2026-01-31T12:00Z.`,
  );
}
