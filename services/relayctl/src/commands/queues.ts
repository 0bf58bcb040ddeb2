import type { ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';
import { queuesView } from '../views/queues-view';

export async function queues(session: Session): Promise<ExitCode> {
  const { queues: view } = await session.overview.snapshot();
  session.answer(view, () => queuesView(view, session.width));
  return 0;
}
