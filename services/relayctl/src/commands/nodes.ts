import type { ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';
import { nodesView } from '../views/nodes-view';

export async function nodes(session: Session): Promise<ExitCode> {
  const { nodes: list, atMs } = await session.overview.snapshot();
  session.answer({ atMs, nodes: list }, () => nodesView(list, atMs, session.width));
  return 0;
}
