import type { ClusterView, Problem } from '@openrelay/overview';
import { byId, setText } from '../page/elements.js';
import { plural, whole } from '../page/format.js';
import type { Tone } from '../page/tones.js';
import type { Freshness } from '../stream/staleness.js';

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

type Verdict = { tone: Tone; line: string; detail: string };

/** The line at the top: whether all is well, or what is not, or that nobody knows. */
export function showVerdict(cluster: ClusterView | undefined, freshness: Freshness): void {
  const { tone, line, detail } = verdictOf(cluster, freshness);
  byId('verdict').dataset.tone = tone;
  setText(byId('verdict-line'), line);
  setText(byId('verdict-detail'), detail);
  document.body.dataset.state = freshness.state;
  const title = `${tone === 'well' ? '●' : '▲'} ${line} – OpenRelay`;
  if (document.title !== title) document.title = title;
}

/** The time of the last reading, by the clock of whoever looks. */
export function showTime(timeMs: number): void {
  setText(byId('time'), clock.format(timeMs));
}

function verdictOf(cluster: ClusterView | undefined, freshness: Freshness): Verdict {
  if (freshness.state === 'stale') return staleVerdict(freshness);
  if (cluster === undefined) return { tone: 'quiet', line: 'Waiting for the first reading', detail: '' };
  const { problems } = cluster;
  const detail = problems.length === 0 ? summary(cluster) : problems.map(({ text }) => text).join(' ');
  return { ...lineOf(problems), detail };
}

function staleVerdict({ sinceMs, why }: { sinceMs: number | null; why: string }): Verdict {
  const line = sinceMs === null ? 'Nothing is known yet' : `Stale since ${clock.format(sinceMs)}`;
  return { tone: 'wrong', line, detail: why };
}

function lineOf(problems: readonly Problem[]): { tone: Verdict['tone']; line: string } {
  const wrong = problems.filter(({ level }) => level === 'wrong').length;
  if (wrong === 1) return { tone: 'wrong', line: 'Something is wrong' };
  if (wrong > 1) return { tone: 'wrong', line: `${whole(wrong)} things are wrong` };
  if (problems.length === 1) return { tone: 'warning', line: 'One warning' };
  if (problems.length > 1) return { tone: 'warning', line: `${whole(problems.length)} warnings` };
  return { tone: 'well', line: 'All is well' };
}

function summary({ nodes, connections, rates }: ClusterView): string {
  const up = `${plural(nodes.filter(({ state }) => state === 'up').length, 'node')} up`;
  const over = rates === null ? '' : ` Rates are of the last ${Math.round(rates.overMs / 1000)} s.`;
  return `${up}, ${plural(connections, 'connection')}.${over}`;
}
