/** `12 seconds`, `4 minutes`, `3 hours`, `2 days`: rounded up. */
export function durationText(seconds: number): string {
  if (seconds < 90) return counted(Math.ceil(seconds), 'second');
  if (seconds < 90 * 60) return counted(Math.ceil(seconds / 60), 'minute');
  if (seconds < 36 * 3600) return counted(Math.ceil(seconds / 3600), 'hour');
  return counted(Math.ceil(seconds / 86_400), 'day');
}

/** At least a second. @param untilMs Unix ms, as `nowMs` */
export function secondsUntil(untilMs: number, nowMs: number): string {
  return durationText(Math.max(1, (untilMs - nowMs) / 1000));
}

export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** `2026-11-28 14:05`, in the machine's own time. */
export function instantText(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
