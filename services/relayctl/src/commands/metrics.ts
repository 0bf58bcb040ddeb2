import { readTimeRange } from '@openrelay/overview';
import type { ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';
import { seriesView } from '../views/series-view';

export type MetricsOptions = { from: string; to: string; step: string };

/** @throws BadTimeRange */
export async function metrics(session: Session, options: MetricsOptions): Promise<ExitCode> {
  const { fromMs, toMs, step } = readTimeRange(options, session.link.clock.now());
  const points = await session.overview.series(fromMs, toMs, step);
  session.answer({ step, points }, () => seriesView(points, session.width));
  return 0;
}
