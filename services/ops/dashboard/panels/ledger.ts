import type { ClusterView, LedgerView } from '@openrelay/overview';
import { byId, setText } from '../page/elements.js';
import { duration, plural, text, whole } from '../page/format.js';

const tones = { balanced: 'well', unbalanced: 'wrong', incomplete: 'quiet' } as const;
const verdicts = { balanced: 'Balanced', unbalanced: 'Out of balance', incomplete: 'Partly counted' } as const;

/** accepted = acked + expired + queued, at every instant, and what the last audit found. */
export function showLedger({ queues, ledger, atMs }: ClusterView): void {
  setText(byId('ledger-accepted'), whole(queues.accepted));
  setText(byId('ledger-acked'), whole(queues.acked));
  setText(byId('ledger-expired'), whole(queues.expired));
  setText(byId('ledger-queued'), whole(queues.messages));
  const verdict = byId('ledger-verdict');
  verdict.dataset.tone = ledger === null ? 'quiet' : tones[ledger.verdict];
  setText(verdict, ledger === null ? 'Not audited yet' : verdicts[ledger.verdict]);
  setText(
    byId('ledger-note'),
    ledger === null ? 'The janitor counts all queues every few minutes.' : auditText(ledger, atMs),
  );
}

function auditText(ledger: LedgerView, nowMs: number): string {
  const { atMs, missing, unbalancedShards, inexactShards, uncertain, queued, countedShards, shards } = ledger;
  const when = `Counted ${countedShards} of ${plural(shards, 'shard')} ${text(duration(nowMs - atMs))} ago`;
  const unsure =
    inexactShards === 0 ? '' : `; ${plural(inexactShards, 'shard')} to within ${plural(uncertain, 'message')}`;
  if (unbalancedShards === 0)
    return `${when}: ${plural(queued, 'message')} in the queues, none missing there${unsure}.`;
  return `${when}: ${plural(missing, 'message')} missing in ${plural(unbalancedShards, 'shard')}${unsure}.`;
}
