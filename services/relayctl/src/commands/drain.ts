import { NodeDirectory } from '@openrelay/state';
import type { ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';
import { plain } from '../text/line';

/** Asks a node to leave; it goes on by itself, as for SIGTERM. */
export async function drain(session: Session, node: string): Promise<ExitCode> {
  const outcome = await new NodeDirectory(session.link).askToDrain(node);
  session.answer({ node, outcome }, () => [
    plain(
      outcome === 'asked'
        ? `Node ${node} was asked to drain: it sends its devices to other edges and ends. Its supervisor may start it again.`
        : `No node of the name ${JSON.stringify(node)} listens; \`relayctl nodes\` lists them.`,
    ),
  ]);
  return outcome === 'asked' ? 0 : 1;
}
