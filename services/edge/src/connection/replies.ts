import { encodeAck, encodeError, type Refusal } from '@openrelay/protocol';
import type { Metrics } from '@openrelay/telemetry';
import { type Connection, floodGuardOf } from './connection';
import { bytesPerCount } from './flood-guard';
import type { Outbox } from './outbox';
import { refusal } from './refusals';

export type ReplyParts = {
  outbox: Pick<Outbox, 'add'>;
  metrics: Metrics;
  controlFramesPerMinute: number;
  monotonicMs: () => number;
};

/** What a connection may say before it registers: a `Register` or two, and a `Ping` now and then. */
const firstFrames = 16;

const rotationWaits = "The key rotation message waits in its recipient's queue until the recipient can take it.";

/** What was charged before it was refused, or was refused for no fault of the device, is no flood. */
function isPaidFor({ code }: Refusal): boolean {
  return code === 404 || code === 503 || code === 507;
}

/** What devices are answered: acks and refusals; a device that floods is told to slow down, and closed if it does not. */
export class Replies {
  constructor(private readonly parts: ReplyParts) {}

  /** Tells a sender what became of its message: a `Send` is acked, of a key rotation it is said that it waits. `expiresAtMs`: Unix ms. */
  accepted(
    { sender, messageId }: { sender: Connection; messageId: string | undefined },
    status: 'delivered' | 'queued',
    expiresAtMs?: number,
  ): void {
    const { outbox } = this.parts;
    const { encoding } = sender;
    if (messageId !== undefined) outbox.add(sender, encodeAck(encoding, messageId, status, expiresAtMs));
    else if (status === 'queued') outbox.add(sender, encodeError(encoding, { code: 202, text: rotationWaits }));
  }

  /** Tells a device why its frame was not taken. `frameBytes` counts for what no device has reason to send. */
  refuse(connection: Connection, refused: Refusal, frameBytes = 0): void {
    if (isPaidFor(refused) || this.isAllowed(connection, refused.messageId, frameBytes))
      this.error(connection, refused);
  }

  /** Whether a control frame may be answered; when not, the device has been told, or its connection closed. */
  allowControl(connection: Connection, frameBytes = 0): boolean {
    return this.isAllowed(connection, undefined, frameBytes);
  }

  /** Whether a frame may be read that takes as long as so many others. */
  allowHeavy(connection: Connection, counts: number): boolean {
    return this.isAllowed(connection, undefined, counts * bytesPerCount);
  }

  private isAllowed(connection: Connection, messageId: string | undefined, frameBytes: number): boolean {
    const { monotonicMs, metrics } = this.parts;
    const limit = this.limitOf(connection);
    const verdict = floodGuardOf(connection).count(limit, monotonicMs(), frameBytes);
    switch (verdict.status) {
      case 'allowed':
        return true;
      case 'excess': {
        const text = `More than ${limit} control or refused frames in a minute: slow down.`;
        this.error(connection, { ...refusal('tooMany', text, { messageId }), retryAfterMs: verdict.retryAfterMs });
        return false;
      }
      case 'flooding':
        if (!connection.isOpen) return false;
        metrics.count('flood_closes');
        connection.socket.close('flooding', 'far more frames than the limits allow');
        return false;
    }
  }

  /** Frames a minute. Before it registers, and when that was refused, a connection has little to say. */
  private limitOf({ isIdentified }: Connection): number {
    const { controlFramesPerMinute } = this.parts;
    return isIdentified ? controlFramesPerMinute : Math.min(controlFramesPerMinute, firstFrames);
  }

  private error(connection: Connection, refused: Refusal): void {
    if (refused.code !== 202) this.parts.metrics.count('refused', refused.code);
    this.parts.outbox.add(connection, encodeError(connection.encoding, refused));
  }
}
