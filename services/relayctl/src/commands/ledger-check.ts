import type { Audit } from '@openrelay/state';
import type { ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';

const codes = { balanced: 0, unbalanced: 1, inexact: 3 } as const;

/** One line for each shard as it is counted, since large deployments take a while. */
export async function ledgerCheck(session: Session): Promise<ExitCode> {
  const balance = await session.overview.auditLedger((shard, audit) => {
    const line = session.json ? JSON.stringify({ shard, ...audit }) : describe(shard, audit);
    session.world.stdout.write(`${line}\n`);
  });
  return codes[balance];
}

function describe(shard: number, audit: Audit): string {
  const { accepted, acked, expired, queued } = audit.books;
  const sum = `shard ${shard}: ${accepted} accepted = ${acked} acked + ${expired} expired + ${queued} queued`;
  switch (audit.status) {
    case 'balanced':
      return sum;
    case 'unbalanced':
      return `${sum} + ${audit.missing} MISSING`;
    case 'inexact':
      return `${sum}, to within ${audit.uncertain}: too much goes on to count it exactly`;
  }
}
