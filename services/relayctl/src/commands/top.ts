import type { ExitCode } from '../exit-code';
import type { Session } from '../session';
import { live } from '../top/live';
import { topView } from '../views/top-view';

/** Live on a terminal; elsewhere one screen of it. */
export async function top(session: Session): Promise<ExitCode> {
  const { overview, world, json } = session;
  if (world.screen === undefined || json) return once(session);
  await overview.shards(); // a Redis that never served a relay is told before the terminal is taken
  await live(overview, world.screen);
  return 0;
}

async function once(session: Session): Promise<ExitCode> {
  const [snapshot, traffic] = await Promise.all([session.overview.snapshot(), session.overview.lastMinute()]);
  const { totals: _, ...shown } = snapshot;
  session.answer({ ...shown, ...traffic }, () => topView(snapshot, traffic, session.width));
  return 0;
}
