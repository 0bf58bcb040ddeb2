import { BandwidthMonths } from '@openrelay/state';
import type { Job } from './job';

/** As many as their own keys live on after they end. */
const mostMonths = 13;

/** `YYYY-MM` of the months that were over at the time (UTC), the last one first. */
function monthsOverAt(nowMs: number): string[] {
  const now = new Date(nowMs);
  const firstOf = (monthsAgo: number) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsAgo));
  return Array.from({ length: mostMonths }, (_, i) =>
    firstOf(i + 1)
      .toISOString()
      .slice(0, 7),
  );
}

/** Notes the bytes of all months that are over and still known: what was counted late comes on top. */
export const closeMonths: Job = async ({ link, now, signal }) => {
  const bandwidth = new BandwidthMonths(link);
  let months = 0;
  for (const month of monthsOverAt(now())) {
    signal.throwIfAborted();
    if ((await bandwidth.close(month)) !== undefined) months += 1;
  }
  return { months };
};
