import type { Rates } from '@openrelay/overview';
import { faultsOf, type Snapshot } from '@openrelay/overview';
import type { Problem } from '../dashboard/stream/answers';

/** Above it devices feel that a node is busy: every frame waits that long. */
const slowEventLoopMs = 250;

/** What is wrong, as `relayctl status` says it, and what will be when nothing is done. */
export function problemsOf(snapshot: Snapshot, rates: Rates | null): Problem[] {
  const warnings = [...refusals(rates), ...slowNodes(snapshot), ...bandwidthAhead(snapshot)];
  return [
    ...faultsOf(snapshot).map((fault): Problem => ({ level: 'wrong', text: sentence(fault) })),
    ...warnings.map((text): Problem => ({ level: 'warning', text })),
  ];
}

function refusals(rates: Rates | null): string[] {
  const unavailable = rates?.refused['503'] ?? 0;
  return unavailable > 0 ? [`${unavailable.toFixed(1)} requests/s are answered 503.`] : [];
}

function slowNodes({ nodes }: Snapshot): string[] {
  return nodes.flatMap(({ node, eventLoopDelayMs }) =>
    eventLoopDelayMs !== null && eventLoopDelayMs > slowEventLoopMs
      ? [`Node ${node} is overloaded: its event loop is ${Math.round(eventLoopDelayMs)} ms late.`]
      : [],
  );
}

function bandwidthAhead({ bandwidth: { usedBytes, thresholdBytes, projectedBytes } }: Snapshot): string[] {
  if (usedBytes >= thresholdBytes || projectedBytes < thresholdBytes) return [];
  return ['At this rate the bandwidth reaches the threshold before the month ends.'];
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
