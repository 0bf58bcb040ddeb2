/** `1.2 MB` */
export function sizeWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [unit, size] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  const amount = bytes / (size as number);
  return `${amount.toFixed(amount < 10 ? 1 : 0)} ${unit}`;
}

/** `about 3 min`, and nothing for what is done at once. */
export function spanWords(seconds: number): string {
  if (seconds < 1) return '';
  if (seconds < 90) return `about ${Math.ceil(seconds)} s`;
  if (seconds < 5_400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3_600).toFixed(1)} h`;
}

/** `4:59` */
export function clockWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function timeWords(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  const day = isToday ? ({} as const) : ({ day: 'numeric', month: 'short' } as const);
  return new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', ...day }).format(at);
}
