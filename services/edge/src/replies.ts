import { encodeError, type Refusal } from '@openrelay/protocol';
import type { Metrics } from '@openrelay/telemetry';
import { refusal } from './admission';
import type { Connection } from './connection';
import { countFrame } from './flood';
import type { Outbox } from './outbox';

export type ReplyParts = {
  outbox: Outbox;
  metrics: Metrics;
  controlFramesPerMinute: number;
  /** A clock that only goes forward, in ms. */
  monotonicMs: () => number;
};

/** Refusals, and the patience that a connection is shown with frames that ask for nothing but an answer. */
export class Replies {
  constructor(private readonly parts: ReplyParts) {}

  /** Tells a device why its frame was not taken. Counts towards flooding: being refused must not be free for ever. */
  readonly refuse = (connection: Connection, refused: Refusal): void => {
    if (!this.patient(connection)) return;
    this.tell(connection, refused);
  };

  /** Whether a control frame may be answered; when not, the device has been told, or its connection closed. */
  readonly allowControl = (connection: Connection): boolean => this.patient(connection);

  private patient(connection: Connection): boolean {
    const { controlFramesPerMinute, monotonicMs, metrics } = this.parts;
    const counted = countFrame(connection, controlFramesPerMinute, monotonicMs());
    switch (counted.status) {
      case 'allowed':
        return true;
      case 'excess': {
        const text = `More than ${controlFramesPerMinute} control or refused frames in a minute: slow down.`;
        this.tell(connection, { ...refusal(429, text), retryAfterMs: counted.retryAfterMs });
        return false;
      }
      case 'flooding':
        if (!connection.isOpen) return false;
        metrics.count('flood_closes');
        connection.socket.close('flooding', 'far more frames than the limits allow');
        return false;
    }
  }

  private tell(connection: Connection, refused: Refusal): void {
    if (refused.code !== 202) this.parts.metrics.count('refused', refused.code);
    this.parts.outbox.add(connection, encodeError(connection.encoding, refused));
  }
}
