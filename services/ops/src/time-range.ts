import { isoTimes, isStep, parseIsoTime, steps } from '@openrelay/overview';
import { mostPeriods, periodStart, stepMs } from '@openrelay/state';
import type { Step } from '../dashboard/stream/answers';

export type TimeRange = { fromMs: number; toMs: number; step: Step };

export const mostPoints = mostPeriods;

const parameters = ['from', 'to', 'step'];

/** A question that cannot be answered; its message says what can be. */
export class BadQuery extends Error {
  override readonly name = 'BadQuery';
}

/**
 * What `from`, `to` (Unix ms, or ISO 8601) and `step` ask for; the last hour by the minute when they are absent.
 * @throws BadQuery
 */
export function readTimeRange(query: Readonly<Record<string, unknown>>, nowMs: number): TimeRange {
  const unknown = Object.keys(query).find((name) => !parameters.includes(name));
  if (unknown !== undefined) throw new BadQuery(`${shown(unknown)} is not a parameter; there are from, to and step.`);
  const step = readStep(query.step);
  const toMs = readTime('to', query.to) ?? nowMs;
  const fromMs = readTime('from', query.from) ?? toMs - stepMs.hour;
  if (fromMs > toMs) throw new BadQuery(`from (${iso(fromMs)}) must not be after to (${iso(toMs)}).`);
  const points = (periodStart(step, toMs) - periodStart(step, fromMs)) / stepMs[step] + 1;
  if (points <= mostPoints) return { fromMs, toMs, step };
  throw new BadQuery(
    `That is ${points} points by the ${step}; at most ${mostPoints} are answered: ask for less time, or for a longer step (${steps.join(', ')}).`,
  );
}

function readStep(value: unknown): Step {
  if (value === undefined) return 'minute';
  if (isStep(value)) return value;
  throw new BadQuery(`step is ${shown(value)}, but must be one of ${steps.join(', ')}.`);
}

/** The years that ISO 8601 writes with four digits. */
const lastMs = Date.UTC(9999, 11, 31);

function readTime(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const timeMs = typeof value === 'string' ? parseTime(value) : undefined;
  if (timeMs !== undefined && timeMs <= lastMs) return timeMs;
  throw new BadQuery(`${name} is ${shown(value)}, but must be a time: Unix milliseconds, or ${isoTimes}.`);
}

function parseTime(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : parseIsoTime(text);
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
