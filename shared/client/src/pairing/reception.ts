import type { Conversation } from './conversation';
import type { PairingFailure } from './exchange/pairing-error';
import type { PairingExchange } from './exchange/pairing-exchange';
import { isRequestOf, refusalFrame } from './exchange/pairing-frames';
import type { AuthFrame, PairingLink } from './exchange/pairing-link';

/** With whom this device is in a pairing now. */
export type Guest = {
  readonly id: string;
  readonly conversation: Conversation;
  /** For a joiner by digits whose peer began, too: the side that it takes then. */
  readonly giveWay?: (() => Promise<PairingExchange>) | undefined;
};

export type ReceptionOptions = {
  readonly link: PairingLink;
  readonly now: () => number;
  /** A stranger begins a pairing by digits; the answer says whether this device takes part. */
  readonly admit: (peerId: string, frame: AuthFrame) => 'admitted' | 'busy' | 'not-waiting';
};

/** Refusals cost requests of this device's own, so strangers get no more of them than that. */
const maxRefusalsPerMinute = 5;

/** Brings the frames of pairing that reach this device's own id to whom they are for. */
export class Reception {
  private readonly stop: () => void;
  private guest: Guest | undefined;
  private givenWay: Guest | undefined;
  private refusedAt: readonly number[] = [];

  constructor(private readonly options: ReceptionOptions) {
    this.stop = options.link.listen({
      auth: (senderId, frame) => this.handle(senderId.toUpperCase(), frame),
      refused: (code) => this.guest?.conversation.refused(code),
      closed: () => this.guest?.conversation.abandon('lost'),
    });
  }

  /** Until what it returns is called. */
  seat(guest: Guest): () => void {
    this.guest = guest;
    return () => {
      if (this.guest === guest) this.guest = undefined;
    };
  }

  close(): void {
    this.stop();
  }

  private handle(senderId: string, frame: AuthFrame): void {
    const { guest } = this;
    if (guest?.id === senderId) {
      if (frame.type === 'AuthRequest' && guest.giveWay !== undefined) this.meet(guest, guest.giveWay, frame);
      else guest.conversation.handle(frame);
    } else if (frame.type === 'AuthRequest') {
      this.receive(senderId, frame);
    }
  }

  /** Both have begun: the larger id gives way, once, and the smaller does not hear the other's beginning. */
  private meet(guest: Guest, giveWay: () => Promise<PairingExchange>, frame: AuthFrame): void {
    if (this.options.link.id.toUpperCase() < guest.id || this.givenWay === guest) return;
    this.givenWay = guest;
    guest.conversation.startOver(giveWay, frame);
  }

  private receive(senderId: string, frame: AuthFrame): void {
    const reception = isRequestOf('digits', frame) ? this.options.admit(senderId, frame) : 'not-waiting';
    if (reception !== 'admitted') this.refuse(senderId, reception);
  }

  private refuse(id: string, failure: PairingFailure): void {
    const now = this.options.now();
    this.refusedAt = this.refusedAt.filter((at) => now - at < 60_000 && at <= now);
    if (this.refusedAt.length >= maxRefusalsPerMinute) return;
    this.refusedAt = [...this.refusedAt, now];
    try {
      this.options.link.sendAuth(id, refusalFrame(failure));
    } catch {
      // There is no connection any more, and nobody to be told.
    }
  }
}
