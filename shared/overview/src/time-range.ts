import { type MetricsStep, mostPeriods, periodStart, stepMs } from '@openrelay/state';

export type Step = MetricsStep;
export const steps = Object.keys(stepMs) as Step[];

export type TimeRange = { fromMs: number; toMs: number; step: Step };

/** A time range that cannot be answered; its message says what can be. */
export class BadTimeRange extends Error {
  override readonly name = 'BadTimeRange';
}

/** How a sentence names what `parseTime` reads. */
export const timeForms =
  'now, a time ago such as 30m, 12h or 7d, Unix milliseconds, or ISO 8601 such as 2026-01-31T12:00Z';

const parameters = ['from', 'to', 'step'];

/** What `from`, `to` and `step` ask for; the last hour by the minute when they are absent. @throws BadTimeRange */
export function readTimeRange(asked: Readonly<Record<string, unknown>>, nowMs: number): TimeRange {
  const unknown = Object.keys(asked).find((name) => !parameters.includes(name));
  if (unknown !== undefined)
    throw new BadTimeRange(`${shown(unknown)} is not a parameter; there are from, to and step.`);
  const step = asked.step === undefined ? 'minute' : parseStep('step', asked.step);
  const toMs = asked.to === undefined ? nowMs : parseTime('to', asked.to, nowMs);
  const fromMs = asked.from === undefined ? toMs - stepMs.hour : parseTime('from', asked.from, nowMs);
  if (fromMs > toMs) throw new BadTimeRange(`from (${iso(fromMs)}) must not be after to (${iso(toMs)}).`);
  const points = (periodStart(step, Math.min(toMs, nowMs)) - periodStart(step, fromMs)) / stepMs[step] + 1;
  if (points <= mostPeriods) return { fromMs, toMs, step };
  throw new BadTimeRange(
    `That is ${points} points by the ${step}; at most ${mostPeriods} are answered: ask for less time, or for a longer step (${steps.join(', ')}).`,
  );
}

/** @throws BadTimeRange */
export function parseStep(name: string, value: unknown): Step {
  if ((steps as unknown[]).includes(value)) return value as Step;
  throw new BadTimeRange(`${name} is ${shown(value)}, but must be one of ${steps.join(', ')}.`);
}

/** The years that ISO 8601 writes with four digits. */
const lastMs = Date.UTC(9999, 11, 31);
const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @returns Unix ms @throws BadTimeRange */
export function parseTime(name: string, value: unknown, nowMs: number): number {
  const timeMs = typeof value === 'string' ? timeIn(value, nowMs) : undefined;
  if (timeMs !== undefined && timeMs <= lastMs) return timeMs;
  throw new BadTimeRange(`${name} is ${shown(value)}, but must be a time: ${timeForms}.`);
}

function timeIn(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs;
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * unitMs[unit as keyof typeof unitMs];
  return /^\d{12,15}$/.test(text) ? Number(text) : isoTime(text);
}

/** Without a zone a time would be read in this machine's own. */
const isoForm = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** The Unix ms of a day (UTC), or of a time with its zone; undefined for anything else, and for what lies before 1970. */
function isoTime(text: string): number | undefined {
  if (!isoForm.test(text) || !isDay(text.slice(0, 10))) return undefined;
  const timeMs = Date.parse(text);
  return timeMs >= 0 ? timeMs : undefined;
}

/** `Date.parse` takes 2026-02-31 for 3 March. */
function isDay(day: string): boolean {
  const startMs = Date.parse(day);
  return !Number.isNaN(startMs) && new Date(startMs).toISOString().startsWith(day);
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
