import type { ClusterView, JobView } from '@openrelay/overview';
import { byId } from '../page/elements.js';
import { duration, milliseconds, text, unknown, whole } from '../page/format.js';
import { type Cell, Rows } from '../page/rows.js';

const tones = { well: 'well', late: 'wrong', failing: 'wrong', 'never ran': 'quiet' } as const;

export class JobsPanel {
  private readonly rows = new Rows(byId('jobs'));

  show({ jobs, atMs }: ClusterView): void {
    byId('jobs-empty').hidden = jobs.length > 0;
    byId('jobs-table').hidden = jobs.length === 0;
    this.rows.show(jobs.map((job) => ({ key: job.job, cells: cellsOf(job, atMs) })));
  }
}

function cellsOf(job: JobView, nowMs: number): Cell[] {
  const { lastSucceededAtMs, lastTookMs, lastResult, lastError, runs, failures } = job;
  const last = lastSucceededAtMs === undefined ? unknown : `${text(duration(nowMs - lastSucceededAtMs))} ago`;
  const result = job.state === 'failing' ? (lastError ?? '') : lastResult && resultText(lastResult);
  return [
    { label: 'Job', value: job.job, note: job.why },
    { label: 'State', value: job.state, tone: tones[job.state] },
    { label: 'Last success', value: last },
    { label: 'Took', value: lastTookMs === undefined ? unknown : text(milliseconds(lastTookMs)) },
    { label: 'Every', value: text(duration(job.everySeconds * 1000)) },
    { label: 'Runs', value: whole(runs), note: failures === 0 ? '' : `${whole(failures)} failed` },
    {
      label: 'Last result',
      value: result || unknown,
      tone: job.state === 'failing' ? 'wrong' : 'quiet',
    },
  ];
}

/** What the last run came upon; names are the janitor's: `unbalancedShards` is written in two words. */
function resultText(result: Readonly<Record<string, number>>): string {
  const found = Object.entries(result).filter(([, count]) => count !== 0);
  const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return found.map(([name, count]) => `${words(name)} ${whole(count)}`).join(', ') || 'nothing to do';
}
