import { wrap } from '../text/facts';
import type { Line } from '../text/line';

export function verdictLines(faults: readonly string[], width: number): Line[] {
  if (faults.length === 0) return [[{ text: 'All well.', colour: 'green' }]];
  return wrap([{ text: `Wrong: ${faults.join('; ')}.`, colour: 'red' }], width);
}
