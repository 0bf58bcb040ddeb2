import { isoTimes, parseIsoTime } from '@openrelay/overview';
import { CalledWrongly } from './exit-code';

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const agoForm = /^(\d{1,6})([smhd])$/;

/** What was given, once it is known to say a time. @throws CalledWrongly */
export function checkInstant(text: string): string {
  parseInstant(text, 0);
  return text;
}

/** `now`, a time ago (`90s`, `30m`, `12h`, `7d`) or ISO 8601. @throws CalledWrongly */
export function parseInstant(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const [, amount, unit] = agoForm.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * unitMs[unit as keyof typeof unitMs];
  const instantMs = parseIsoTime(text);
  if (instantMs !== undefined) return instantMs;
  throw new CalledWrongly(
    `${JSON.stringify(text)} is no time: use now, a time ago such as 30m, 12h or 7d, or ${isoTimes}.`,
  );
}
