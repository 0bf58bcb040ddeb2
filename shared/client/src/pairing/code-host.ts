import type { Conversation, Outcome } from './conversation';
import { PairingError, type PairingFailure } from './exchange/pairing-error';
import { isRequestOf, refusalFrame } from './exchange/pairing-frames';
import type { AuthFrame, TemporaryLink } from './exchange/pairing-link';

/** Who comes after the first is told so, up to here; the relay counts what this device says. */
const maxRefusals = 10;

export type CodeHostOptions = {
  readonly link: TemporaryLink;
  readonly lifetimeMs: number;
  /** For the one try. */
  readonly converse: (peerId: string) => Conversation;
  readonly signal?: AbortSignal | undefined;
};

/** Waits under a code's temporary id, for one try: whoever comes first has it, right or wrong. */
export class CodeHost {
  /** Rejects with a PairingError. */
  readonly outcome: Promise<Outcome>;
  private guest: { readonly id: string; readonly conversation: Conversation } | undefined;
  private refusals = 0;
  private settle: { resolve(outcome: Outcome | Promise<Outcome>): void; reject(error: unknown): void } | undefined;

  constructor(private readonly options: CodeHostOptions) {
    const waited = new Promise<Outcome>((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    const timer = setTimeout(() => this.end('expired'), options.lifetimeMs);
    const stop = options.link.listen({
      auth: (senderId, frame) => this.handle(senderId.toUpperCase(), frame),
      refused: (code) => this.guest?.conversation.refused(code),
      closed: (code) => this.end(code === 4001 ? 'number-taken' : 'lost'),
    });
    const cancel = () => this.end('cancelled');
    options.signal?.addEventListener('abort', cancel, { once: true });
    this.outcome = waited.finally(() => {
      clearTimeout(timer);
      stop();
      options.signal?.removeEventListener('abort', cancel);
      options.link.close();
    });
    if (options.signal?.aborted) cancel();
  }

  private handle(senderId: string, frame: AuthFrame): void {
    if (isRequestOf('probe', frame)) this.refuse(senderId, 'busy');
    else if (senderId === this.guest?.id) this.guest.conversation.handle(frame);
    else if (frame.type !== 'AuthRequest') return;
    else if (this.guest !== undefined) this.refuse(senderId, 'code-used');
    else this.begin(senderId, frame);
  }

  private begin(id: string, frame: AuthFrame): void {
    const conversation = this.options.converse(id);
    this.guest = { id, conversation };
    this.settle?.resolve(conversation.outcome.catch(usedUp));
    conversation.handle(frame);
  }

  private refuse(id: string, failure: PairingFailure): void {
    if (this.refusals >= maxRefusals) return;
    this.refusals += 1;
    try {
      this.options.link.sendAuth(id, refusalFrame(failure));
    } catch {
      // The connection is going; `closed` says so.
    }
  }

  private end(failure: PairingFailure): void {
    if (this.guest === undefined) this.settle?.reject(new PairingError(failure));
    else if (failure !== 'expired' && failure !== 'cancelled') this.guest.conversation.abandon(failure);
  }
}

/** Who waits did not mistype anything. */
function usedUp(error: unknown): never {
  if (!(error instanceof PairingError) || error.code !== 'wrong-code') throw error;
  const sentence = 'Somebody tried this code with other words, and it has one try: make a new one.';
  throw new PairingError('wrong-code', sentence);
}
