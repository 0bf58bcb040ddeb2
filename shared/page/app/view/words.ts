/** `about 3 min`, and nothing for what is done at once. */
export function spanWords(seconds: number): string {
  if (seconds < 1) return '';
  if (seconds < 90) return `about ${Math.ceil(seconds)} s`;
  if (seconds < 5_400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3_600).toFixed(1)} h`;
}

export function timeWords(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  const day = isToday ? ({} as const) : ({ day: 'numeric', month: 'short' } as const);
  return new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', ...day }).format(at);
}
