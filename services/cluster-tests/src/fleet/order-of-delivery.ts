import type { MessageRecord } from './books';
import { kindOf } from './message';

export type Overtaking = {
  /** Was accepted first and came second. */
  readonly overtaken: MessageRecord;
  readonly overtaking: MessageRecord;
};

type Delivered = MessageRecord & { readonly accepted: NonNullable<MessageRecord['accepted']> };

function isDelivered(record: MessageRecord): record is Delivered {
  return record.accepted !== undefined && record.deliveries.length > 0;
}

/**
 * First deliveries that came in another order than the messages were certainly accepted in. From outside one is certain only
 * that (1) what was acked before another was first sent was accepted before it, and (2) of two that were sent once each, over
 * one connection, the one acked first was accepted first. What was sent twice may have been accepted at either time, and what is
 * live only is acked when it was handed over, whatever was accepted meanwhile. It does not come again on a newer connection,
 * whose first frames may be read before the last of the older one: among those of one connection alone it can be overtaken.
 */
export function findOvertakings(records: Iterable<MessageRecord>): Overtaking[] {
  return [...byPair(records).values()].flatMap((pair) => {
    const asDelivered = pair.sort((a, b) => a.deliveries[0]!.order - b.deliveries[0]!.order);
    return overtakingsOf(asDelivered);
  });
}

function byPair(records: Iterable<MessageRecord>): Map<string, Delivered[]> {
  const pairs = new Map<string, Delivered[]>();
  for (const record of records) {
    if (!isDelivered(record)) continue;
    const name = `${record.sender} ${record.recipient}`;
    const pair = pairs.get(name);
    if (pair === undefined) pairs.set(name, [record]);
    else pair.push(record);
  }
  return pairs;
}

/** Backwards: what comes later must not have been accepted before what is looked at. */
function overtakingsOf(asDelivered: readonly Delivered[]): Overtaking[] {
  const found: Overtaking[] = [];
  let earliestStored: Delivered | undefined;
  const earliestLive = new Map<number, Delivered>();
  const earliestOnce = new Map<number, Delivered>();
  for (const record of [...asDelivered].reverse()) {
    const isLive = kindOf(record) === 'live';
    const on = record.deliveries[0]!.connection.number;
    const once = record.attempts.length === 1 && !isLive ? record.accepted.connection.number : undefined;
    const later = once === undefined ? undefined : earliestOnce.get(once);
    const overtaken = [earliestStored, earliestLive.get(on)].find(
      (one) => one !== undefined && one.accepted.order < record.attempts[0]!.order,
    );
    if (overtaken !== undefined) found.push({ overtaken, overtaking: record });
    else if (later !== undefined && later.accepted.order < record.accepted.order) {
      found.push({ overtaken: later, overtaking: record });
    }
    if (isLive) earliestLive.set(on, earlier(earliestLive.get(on), record));
    else earliestStored = earlier(earliestStored, record);
    if (once !== undefined) earliestOnce.set(once, earlier(later, record));
  }
  return found;
}

function earlier(one: Delivered | undefined, other: Delivered): Delivered {
  return one !== undefined && one.accepted.order < other.accepted.order ? one : other;
}
