import { legacyNotice } from '@openrelay/client';
import type { ExitCode } from '../failures/exit-code';
import { printableLine } from '../terminal/printable';
import type { PeerView, SentView } from '../work/works';

const whenKept = { runs: 'by itself as soon as it can', none: 'with “openrelay up”' } as const;

type Paint = (colour: 'green' | 'yellow' | 'red', text: string) => string;

/** @param agent whether one runs, which sends what is kept. `name`: of a text its peer's, of a file its own. */
export function sentLine(
  { name, outcome, sentence }: Omit<SentView, 'peerId'>,
  agent: 'runs' | 'none',
  paint: Paint,
): string {
  const what = printableLine(name);
  const why = printableLine(sentence);
  switch (outcome) {
    case 'delivered':
      return paint('green', `Sent to ${what}.`);
    case 'queued':
      return paint('green', `Sent: the relay keeps it until ${what} connects.`);
    case 'kept':
      return paint('yellow', `Not sent to ${what} yet. ${why} It is kept, and goes out ${whenKept[agent]}.`);
    case 'done':
      return paint('green', `${what} has arrived.`);
    case 'under-way':
      return `${what} is offered; “openrelay status” shows how far it is.`;
    case 'refused':
      return paint('red', `${what} was refused: ${why || 'no reason was given.'}`);
    case 'cancelled':
      return paint('yellow', `${what} was cancelled${why === '' ? '.' : `: ${why}`}`);
    case 'failed':
      return paint('red', `${what} was not sent: ${why || 'no reason was given.'}`);
    default:
      return outcome satisfies never;
  }
}

export function exitCodeOf(sent: readonly SentView[]): ExitCode {
  if (sent.some(({ outcome }) => outcome === 'failed' || outcome === 'refused' || outcome === 'cancelled')) return 1;
  return sent.some(({ outcome }) => outcome === 'kept') ? 3 : 0;
}

/** What is to be known of something that the relay could read. */
export function legacyWords(outcome: SentView['outcome'], kind: PeerView['kind'] | undefined): string {
  const isSent = outcome === 'delivered' || outcome === 'queued';
  return kind === 'legacy' && isSent ? ` It is ${legacyNotice}.` : '';
}
