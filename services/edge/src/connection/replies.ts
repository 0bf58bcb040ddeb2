import { encodeError, type Refusal } from '@openrelay/protocol';
import type { Metrics } from '@openrelay/telemetry';
import type { Connection } from './connection';
import { countFrame } from './flood-guard';
import type { Outbox } from './outbox';
import { refusal } from './refusals';

export type ReplyParts = {
  outbox: Outbox;
  metrics: Metrics;
  controlFramesPerMinute: number;
  /** A clock that only goes forward, in ms. */
  monotonicMs: () => number;
};

/** What was charged before it was refused, or was refused for no fault of the device, is no flood. */
function isPaidFor({ code }: Refusal): boolean {
  return code === 404 || code === 503 || code === 507;
}

/** Refusals, and the patience that a connection is shown with frames that ask for nothing but an answer. */
export class Replies {
  constructor(private readonly parts: ReplyParts) {}

  /** Tells a device why its frame was not taken. `frameBytes` counts for what no device has reason to send. */
  readonly refuse = (connection: Connection, refused: Refusal, frameBytes = 0): void => {
    if (!isPaidFor(refused) && !this.patient(connection, refused.messageId, frameBytes)) return;
    this.tell(connection, refused);
  };

  /** Whether a control frame may be answered; when not, the device has been told, or its connection closed. */
  readonly allowControl = (connection: Connection): boolean => this.patient(connection);

  private patient(connection: Connection, messageId?: string, frameBytes = 0): boolean {
    const { controlFramesPerMinute, monotonicMs, metrics } = this.parts;
    const counted = countFrame(connection, controlFramesPerMinute, monotonicMs(), frameBytes);
    switch (counted.status) {
      case 'allowed':
        return true;
      case 'excess': {
        const text = `More than ${controlFramesPerMinute} control or refused frames in a minute: slow down.`;
        this.tell(connection, { ...refusal('tooMany', text, { messageId }), retryAfterMs: counted.retryAfterMs });
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
