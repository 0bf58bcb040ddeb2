import { faultsOf } from '@openrelay/overview';
import type { ExitCode } from '../exit-code';
import type { Session } from '../session';
import { statusView } from '../views/status-view';

/** The cluster in one screen, and whether all is well. */
export async function status(session: Session): Promise<ExitCode> {
  const [{ totals: _, ...snapshot }, traffic] = await Promise.all([
    session.overview.snapshot(),
    session.overview.lastMinute(),
  ]);
  const faults = faultsOf(snapshot);
  session.answer({ verdict: faults.length === 0 ? 'well' : 'wrong', faults, ...snapshot, ...traffic }, () =>
    statusView(snapshot, traffic, faults, session.width),
  );
  return faults.length === 0 ? 0 : 1;
}
