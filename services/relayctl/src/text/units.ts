/** Figures as people read them; a null prints as a dash. */

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
const countUnits = ['', 'k', 'M', 'G'];
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

type Figure = number | null;

/** `0 B`, `1.5 kB`, `512 MB`: in powers of 1000, as the limits of OpenRelay are set. */
export function bytes(amount: Figure): string {
  if (amount === null) return '-';
  const { value, unit } = scaled(amount, byteUnits);
  return `${unit === 'B' ? Math.round(value) : short(value)} ${unit}`;
}

/** `0 /s`, `0.4 /s`, `3.2 k/s` */
export function rate(perSecond: Figure): string {
  if (perSecond === null) return '-';
  const { value, unit } = scaled(perSecond, countUnits);
  return `${value === 0 ? 0 : short(value)} ${unit}/s`;
}

/** `1.5 kB/s` */
export function byteRate(perSecond: Figure): string {
  return perSecond === null ? '-' : `${bytes(perSecond)}/s`;
}

/** `12,345` */
export function count(amount: Figure): string {
  return amount === null ? '-' : Math.round(amount).toLocaleString('en-US');
}

/** `1 message`, `12,345 messages` */
export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** `12 s`, `4 min`, `3 h`, `12 d`: in the largest unit of which two have passed. */
export function age(ms: Figure): string {
  if (ms === null) return '-';
  if (ms < 2 * minuteMs) return `${Math.max(0, Math.floor(ms / secondMs))} s`;
  if (ms < 2 * hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < 2 * dayMs) return `${Math.floor(ms / hourMs)} h`;
  return `${Math.floor(ms / dayMs)} d`;
}

/** `0.4 ms`, `12 ms`, `1.3 s` */
export function took(ms: Figure): string {
  if (ms === null) return '-';
  return ms < secondMs ? `${short(ms)} ms` : `${short(ms / secondMs)} s`;
}

/** `0 %`, `0.4 %`, `12 %` */
export function percent(amount: Figure): string {
  return amount === null ? '-' : `${amount === 0 ? 0 : short(amount)} %`;
}

/** @param share of 1; a limit of 0 has no share */
export function shareOf(amount: number, whole: number): number | null {
  return whole === 0 ? null : (100 * amount) / whole;
}

/** `2026-08-29 14:05`, UTC */
export function instant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

/** Two digits below ten, whole above, and never a small amount told as none. */
function short(value: number): string {
  if (value >= 9.95 || value === 0) return String(Math.round(value));
  return value < 0.05 ? '<0.1' : value.toFixed(1);
}

function scaled(amount: number, units: readonly string[]): { value: number; unit: string } {
  let value = amount;
  let index = 0;
  // Rounded first: 999.9 kB are 1.0 MB.
  while (Math.round(value) >= 1000 && index < units.length - 1) {
    value /= 1000;
    index += 1;
  }
  return { value, unit: units[index]! };
}
