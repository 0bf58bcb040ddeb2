import type { ErrorCode } from '@openrelay/protocol';

/** How numbers are written: never more digits than the eye needs, and always with their unit. */

export type Figure = { number: string; unit: string };

/** Stands where a number is not known. */
export const unknown = '–';

const groups = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Whole things: 1,234,567. */
export function whole(count: number): string {
  return groups.format(count);
}

/** Three digits at least: 0.25, 2.5, 25.3, 253, 2,530. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1) return value.toFixed(2);
  if (size < 10) return trimmed(value.toFixed(2));
  if (size < 100) return trimmed(value.toFixed(1));
  return groups.format(value);
}

function trimmed(text: string): string {
  return text.replace(/\.?0+$/, '');
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** In powers of 1000, as the limits of OpenRelay are set. */
export function bytes(value: number): Figure {
  const size = Math.abs(value);
  const power = Math.min(byteUnits.length - 1, size < 1000 ? 0 : Math.floor(Math.log10(size) / 3 + 1e-12));
  const scaled = value / 1000 ** power;
  return { number: power === 0 ? whole(scaled) : digits(scaled), unit: byteUnits[power]! };
}

export function milliseconds(value: number): Figure {
  return value >= 1000 ? { number: digits(value / 1000), unit: 's' } : { number: digits(value), unit: 'ms' };
}

/** How long something lasts or lasted: the largest unit that gives at least 2, but for seconds. */
export function duration(ms: number): Figure {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 120) return { number: whole(Math.round(seconds)), unit: 's' };
  if (seconds < 120 * 60) return { number: whole(Math.floor(seconds / 60)), unit: 'min' };
  if (seconds < 48 * 3600) return { number: whole(Math.floor(seconds / 3600)), unit: 'h' };
  return { number: whole(Math.floor(seconds / 86_400)), unit: 'days' };
}

export function text({ number, unit }: Figure): string {
  return `${number}\u00a0${unit}`;
}

export function plural(count: number, noun: string): string {
  return `${whole(count)}\u00a0${noun}${count === 1 ? '' : 's'}`;
}

/** Between 0 and 100, without pretending that a little is nothing. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '<\u00a00.1\u00a0%';
  return `${digits(Math.round(value * 10) / 10)}\u00a0%`;
}

/** What an error code tells a device, in a word or two. */
const refusals = {
  400: 'malformed',
  401: 'not proven',
  403: 'not its id',
  404: 'nobody there',
  413: 'too large',
  429: 'too many',
  503: 'unavailable',
  507: 'queue full',
  509: 'bandwidth',
} as const satisfies Record<Exclude<ErrorCode, 202>, string>;

export function refusal(code: string): string {
  const words = (refusals as Readonly<Record<string, string>>)[code];
  return words === undefined ? code : `${code} ${words}`;
}
