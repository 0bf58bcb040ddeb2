import type { Attempt, FleetConnection, MessageRecord, Moment } from './books';

/**
 * Key rotations of which the relay has not said yet whether it took them: it says so only of those that it refused, and not of
 * which. What one connection has stored for one device is taken in its order, so the `Ack` of a later one tells of all before.
 */
export class RotationFences {
  private readonly pending = new Map<FleetConnection, { record: MessageRecord; attempt: Attempt }[]>();
  private readonly refusals = new Map<FleetConnection, Moment>();

  sent(record: MessageRecord, attempt: Attempt): void {
    const pending = this.pending.get(attempt.connection) ?? [];
    this.pending.set(attempt.connection, [...pending, { record, attempt }]);
  }

  /** Something without an id was refused on the connection. */
  refused(connection: FleetConnection, at: Moment): void {
    this.refusals.set(connection, at);
  }

  closed(connection: FleetConnection): void {
    this.pending.delete(connection);
    this.refusals.delete(connection);
  }

  /** A `Send` was acked. Answers the rotations that are known to be taken now; those that may have been refused are none of them. */
  passed({ connection, order }: Attempt, recipient: string): { record: MessageRecord; attempt: Attempt }[] {
    const pending = this.pending.get(connection) ?? [];
    const isBefore = (one: (typeof pending)[number]) => one.record.recipient === recipient && one.attempt.order < order;
    this.pending.set(
      connection,
      pending.filter((one) => !isBefore(one)),
    );
    const refusedOrder = this.refusals.get(connection)?.order ?? 0;
    return pending.filter((one) => isBefore(one) && one.attempt.order > refusedOrder);
  }
}
