import { isStep, type Step, steps } from '@openrelay/overview';
import { CalledWrongly, type ExitCode } from '../exit-code';
import type { Session } from '../session';
import { parseInstant } from '../time-range';
import { seriesView } from '../views/series-view';

export type MetricsOptions = { from: string; to: string; step: Step };

/** @throws CalledWrongly */
export function parseStep(text: string): Step {
  if (isStep(text)) return text;
  throw new CalledWrongly(`--step is ${JSON.stringify(text)}, but must be one of ${steps.join(', ')}.`);
}

export async function metrics(session: Session, { from, to, step }: MetricsOptions): Promise<ExitCode> {
  const nowMs = session.link.clock.now();
  const fromMs = parseInstant(from, nowMs);
  const toMs = parseInstant(to, nowMs);
  if (fromMs >= toMs) throw new CalledWrongly('--from must be before --to.');
  const points = await session.overview.series(fromMs, toMs, step).catch(tooMany);
  session.answer({ step, points }, () => seriesView(points, session.width));
  return 0;
}

function tooMany(error: unknown): never {
  if (!(error instanceof RangeError)) throw error;
  throw new CalledWrongly(`${error.message.replace(/\.$/, '')}, or for a longer --step.`);
}
