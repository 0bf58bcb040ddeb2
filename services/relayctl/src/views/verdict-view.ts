import { type ClusterView, type Problem, problemsOf } from '@openrelay/overview';
import { wrap } from '../text/facts';
import type { Line } from '../text/line';

type Verdict = { verdict: 'well' | 'wrong'; faults: string[]; warnings: string[] };

/** Warnings alone are no reason to act at once: the verdict stays well. */
export function verdictOf(cluster: Omit<ClusterView, 'problems'>): Verdict {
  const problems = problemsOf(cluster);
  const textsOf = (wanted: Problem['level']) => problems.flatMap(({ level, text }) => (level === wanted ? [text] : []));
  const faults = textsOf('wrong');
  return { verdict: faults.length === 0 ? 'well' : 'wrong', faults, warnings: textsOf('warning') };
}

export function verdictLines(cluster: Omit<ClusterView, 'problems'>, width: number): Line[] {
  const { faults, warnings } = verdictOf(cluster);
  if (faults.length + warnings.length === 0) return [[{ text: 'All well.', colour: 'green' }]];
  return [
    ...(faults.length === 0 ? [] : wrap([{ text: `Wrong: ${faults.join('; ')}.`, colour: 'red' }], width)),
    ...(warnings.length === 0 ? [] : wrap([{ text: `Warning: ${warnings.join('; ')}.`, colour: 'yellow' }], width)),
  ];
}
