import type { ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';
import { statusView } from '../views/status-view';
import { verdictOf } from '../views/verdict-view';

/** The cluster in one screen, and whether all is well. */
export async function status(session: Session): Promise<ExitCode> {
  const [{ totals: _, ...snapshot }, traffic] = await Promise.all([
    session.overview.snapshot(),
    session.overview.lastMinute(),
  ]);
  const shown = { ...snapshot, ...traffic };
  const verdict = verdictOf(shown);
  session.answer({ ...verdict, ...shown }, () => statusView(shown, session.width));
  return verdict.verdict === 'well' ? 0 : 1;
}
