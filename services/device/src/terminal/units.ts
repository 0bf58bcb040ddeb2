const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `0 B`, `1.5 kB`, `512 MB`: in powers of 1000. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // Rounded first: 999.9 kB are 1.0 MB.
  while (Math.round(value) >= 1000 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]}`;
}

/** `12 seconds`, `4 minutes`, `3 hours`, `2 days`: rounded up. */
export function durationText(seconds: number): string {
  if (seconds < 90) return counted(Math.ceil(seconds), 'second');
  if (seconds < 90 * 60) return counted(Math.ceil(seconds / 60), 'minute');
  if (seconds < 36 * 3600) return counted(Math.ceil(seconds / 3600), 'hour');
  return counted(Math.ceil(seconds / 86_400), 'day');
}

/** `4:32` */
export function countdownText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
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
