import type { LedgerView } from '@openrelay/overview';
import type { ClusterAnswer } from './answers.js';
import { byId, setText } from './elements.js';
import { duration, plural, text, whole } from './format.js';

/** accepted = acked + expired + queued, at every instant, and what the last audit found. */
export function showLedger({ queues, ledger, atMs }: ClusterAnswer): void {
  setText(byId('ledger-accepted'), whole(queues.accepted));
  setText(byId('ledger-acked'), whole(queues.acked));
  setText(byId('ledger-expired'), whole(queues.expired));
  setText(byId('ledger-queued'), whole(queues.messages));
  const verdict = byId('ledger-verdict');
  verdict.dataset.tone = ledger === null ? 'quiet' : ledger.balanced ? 'well' : 'wrong';
  setText(verdict, ledger === null ? 'Not audited yet' : ledger.balanced ? 'Balanced' : 'Out of balance');
  setText(
    byId('ledger-note'),
    ledger === null ? 'The janitor counts all queues every few minutes.' : auditText(ledger, atMs),
  );
}

function auditText({ atMs, missing, unbalancedShards, busyShards, queued }: LedgerView, nowMs: number): string {
  const when = `Counted ${text(duration(nowMs - atMs))} ago`;
  const busy = busyShards === 0 ? '' : `; ${plural(busyShards, 'shard')} too busy to count`;
  if (missing === 0 && unbalancedShards === 0)
    return `${when}: ${plural(queued, 'message')} in the queues, none missing${busy}.`;
  return `${when}: ${plural(missing, 'message')} missing in ${plural(unbalancedShards, 'shard')}${busy}.`;
}
