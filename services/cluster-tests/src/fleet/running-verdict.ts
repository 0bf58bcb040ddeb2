import type { Books, MessageRecord } from './books';
import { isAnswered } from './message';
import {
  type Figures,
  type Finding,
  figuresOf,
  isOwed,
  type JudgeOptions,
  listed,
  losses,
  misdeliveries,
  sumOf,
  surprises,
  type Verdict,
} from './verdict';

/** Nothing happens to a message any more that was answered, and delivered or expired, so long ago: acks take seconds at most. */
const settledAfterMs = 60_000;
const mostFindings = 1000;

/** A verdict that is reached while the traffic goes on: what is settled is judged, counted and forgotten. */
export class RunningVerdict {
  private readonly findings = new Map<string, Finding>();
  private past: Figures = figuresOf([], 0);

  constructor(
    private readonly books: Books,
    private readonly tolerances: Omit<JudgeOptions, 'endedAtMs'>,
  ) {}

  /** To be called now and then where the books would grow too large. */
  review(nowMs: number): void {
    const records = [...this.books.messages.values()];
    // With what is not settled yet: the order of two messages shows only where both are seen.
    const options = this.options(nowMs);
    this.note([...misdeliveries(records, options), ...surprises(this.books, options)]);
    const settled = findSettled(records, nowMs);
    this.past = sumOf(this.past, figuresOf(settled, nowMs));
    this.books.forget(settled, nowMs - settledAfterMs);
  }

  conclude(endedAtMs: number): Verdict {
    const records = [...this.books.messages.values()];
    const options = this.options(endedAtMs);
    const lost = losses(records, options);
    this.note([...misdeliveries(records, options), ...surprises(this.books, options)]);
    const figures = sumOf(this.past, figuresOf(records, endedAtMs));
    return {
      figures: { ...figures, connections: this.books.connectionCount },
      faults: listed([...lost, ...this.findings.values()]),
    };
  }

  private options(endedAtMs: number): JudgeOptions {
    return { endedAtMs, ...this.tolerances };
  }

  private note(findings: readonly Finding[]): void {
    for (const finding of findings) {
      if (this.findings.size < mostFindings) this.findings.set(`${finding.title} ${finding.about}`, finding);
    }
  }
}

/** Less what was accepted after a message of the same two devices that is still owed: that must not come after it. */
function findSettled(records: readonly MessageRecord[], nowMs: number): MessageRecord[] {
  const owedSince = new Map<string, number>();
  for (const record of records) {
    if (!isOwed(record, nowMs)) continue;
    const order = record.accepted?.order ?? 0;
    owedSince.set(pairOf(record), Math.min(order, owedSince.get(pairOf(record)) ?? order));
  }
  return records.filter((record) => {
    const isBehind = (record.accepted?.order ?? 0) > (owedSince.get(pairOf(record)) ?? Number.POSITIVE_INFINITY);
    return !isBehind && isSettled(record, nowMs - settledAfterMs);
  });
}

function isSettled(record: MessageRecord, beforeMs: number): boolean {
  const { attempts, accepted, deliveries, excused } = record;
  const answered = attempts.at(-1)?.answered;
  const expiresAtMs = Math.min(accepted?.expiresAtMs ?? 0, ...(excused ? [accepted?.atMs ?? 0] : []));
  const endedAtMs = deliveries.at(-1)?.atMs ?? expiresAtMs;
  // What gets no answer is not written again.
  const answeredAtMs = isAnswered(record) ? answered?.atMs : attempts.at(-1)?.atMs;
  return answeredAtMs !== undefined && answeredAtMs < beforeMs && endedAtMs < beforeMs;
}

function pairOf({ sender, recipient }: MessageRecord): string {
  return `${sender} ${recipient}`;
}
