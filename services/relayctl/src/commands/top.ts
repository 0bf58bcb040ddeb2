import type { ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';
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
  const { totals: _, ...rest } = snapshot;
  const shown = { ...rest, ...traffic };
  session.answer(shown, () => topView(shown, session.width));
  return 0;
}
