import type { SeriesPoint } from '@openrelay/overview';
import { type Line, plain } from '../text/line';
import { table } from '../text/table';
import { byteRate, instant, rate, took } from '../text/units';
import { refusedPerSecond } from './traffic-view';

export function seriesView(points: readonly SeriesPoint[], width: number): Line[] {
  if (points.length === 0) return [plain('Nothing was counted in that time.')];
  return table<SeriesPoint>(
    [
      { title: 'FROM (UTC)', align: 'left', cell: ({ startMs }) => instant(startMs) },
      { title: 'ACCEPTED', cell: ({ accepted }) => rate(accepted) },
      { title: 'LIVE', cell: ({ deliveredLive }) => rate(deliveredLive), leaveOut: 6 },
      { title: 'QUEUED', cell: ({ queued }) => rate(queued), leaveOut: 5 },
      { title: 'ACKED', cell: ({ acked }) => rate(acked), leaveOut: 7 },
      { title: 'EXPIRED', cell: ({ expired }) => rate(expired), leaveOut: 8 },
      { title: 'REFUSED', cell: (point) => rate(refusedPerSecond(point)), leaveOut: 2 },
      { title: 'IN', cell: ({ bytesIn }) => byteRate(bytesIn), leaveOut: 4 },
      { title: 'OUT', cell: ({ bytesOut }) => byteRate(bytesOut), leaveOut: 3 },
      { title: 'P50', cell: ({ latency }) => took(latency.p50Ms), leaveOut: 9 },
      { title: 'P99', cell: ({ latency }) => took(latency.p99Ms), leaveOut: 1 },
    ],
    points,
    width,
  );
}
