import type { JobView } from '@openrelay/overview';
import type { Fact } from '../text/facts';
import type { Span } from '../text/line';
import { age } from '../text/units';

const colours = { well: 'green', late: 'red', failing: 'red', 'never ran': 'dim' } as const;

/** The jobs that go well are counted, the others named. */
export function jobsFact(jobs: readonly JobView[], atMs: number): Fact {
  const well = jobs.filter(({ state }) => state === 'well').length;
  const others = jobs.filter(({ state }) => state !== 'well').map((job) => describe(job, atMs));
  return ['jobs', `${well} of ${jobs.length} well`, ...others];
}

function describe({ job, state, lastSucceededAtMs }: JobView, atMs: number): Span {
  const last = lastSucceededAtMs === undefined ? '' : ` (last success ${age(atMs - lastSucceededAtMs)} ago)`;
  return { text: `${job} ${state}${last}`, colour: colours[state] };
}
