import type { ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';
import { bandwidthView } from '../views/bandwidth-view';

export async function bandwidth(session: Session): Promise<ExitCode> {
  const { bandwidth: view } = await session.overview.snapshot();
  session.answer(view, () => bandwidthView(view, session.width));
  return 0;
}
