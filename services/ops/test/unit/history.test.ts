import { expect, test } from '@jest/globals';
import type { ClusterView, SeriesPoint } from '@openrelay/overview';
import { snapshotAt } from '../../../../shared/overview/test/unit/snapshots';
import { History } from '../../dashboard/chart/history';

const minuteMs = 60_000;
const noRates = {
  accepted: 0,
  deliveredLive: 0,
  queued: 0,
  acked: 0,
  expired: 0,
  registrations: 0,
  bytesIn: 0,
  bytesOut: 0,
};

function point(startMs: number, overMs = minuteMs): SeriesPoint {
  return { startMs, overMs, ...noRates, accepted: startMs, refused: {}, latency: { p50Ms: 1, p99Ms: 2, count: 3 } };
}

function second(atMs: number): ClusterView {
  const { totals: _, ...snapshot } = snapshotAt();
  return { ...snapshot, atMs, problems: [], rates: { overMs: 5000, ...noRates, refused: {} }, latency: null };
}

function historyOf(points: SeriesPoint[]): History {
  const history = new History();
  history.setCounted({ fromMs: 0, toMs: 0, step: 'minute', points });
  return history;
}

test('minutes stand at their end, and seconds follow the last whole one', () => {
  const history = historyOf([point(0), point(minuteMs), point(2 * minuteMs, 20_000)]);
  history.addLive(second(2 * minuteMs + 21_000));
  history.addLive(second(2 * minuteMs + 22_000));
  expect(history.since(0).map(({ atMs }) => atMs)).toEqual([minuteMs, 2 * minuteMs, 141_000, 142_000]);
});

test('a minute that the seconds show already is not shown twice', () => {
  const history = historyOf([]);
  for (let atMs = 100_000; atMs < 200_000; atMs += 1000) history.addLive(second(atMs));
  history.setCounted({ fromMs: 0, toMs: 0, step: 'minute', points: [point(0), point(minuteMs), point(2 * minuteMs)] });
  const times = history.since(0).map(({ atMs }) => atMs);
  expect(times).toHaveLength(101);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('the first event, which has no rates, and one that comes again add nothing', () => {
  const history = historyOf([]);
  history.addLive({ ...second(1000), rates: null });
  history.addLive(second(2000));
  history.addLive(second(2000));
  expect(history.since(0)).toHaveLength(1);
  expect(history.since(2001)).toHaveLength(0);
});

test('seconds are kept for an hour, and forgotten after an interruption', () => {
  const history = historyOf([]);
  for (let atMs = 0; atMs < 5000 * 1000; atMs += 1000) history.addLive(second(atMs + 1));
  expect(history.since(0)).toHaveLength(3600);
  history.forgetLive();
  expect(history.since(0)).toEqual([]);
});
