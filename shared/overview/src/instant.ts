/** How a sentence names what `parseIsoTime` reads. */
export const isoTimes = 'ISO 8601 such as 2026-01-31T12:00Z';

/** Without a zone a time would be read in this machine's own. */
const isoForm = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** The Unix ms of a day (UTC), or of a time with its zone; undefined for anything else, and for what lies before 1970. */
export function parseIsoTime(text: string): number | undefined {
  if (!isoForm.test(text) || !isDay(text.slice(0, 10))) return undefined;
  const timeMs = Date.parse(text);
  return timeMs >= 0 ? timeMs : undefined;
}

/** `Date.parse` takes 2026-02-31 for 3 March. */
function isDay(day: string): boolean {
  const startMs = Date.parse(day);
  return !Number.isNaN(startMs) && new Date(startMs).toISOString().startsWith(day);
}
