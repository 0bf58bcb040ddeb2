import type { AuthFrame } from './exchange/pairing-link';

/** So often a frame is said at the most; each pause is twice the one before. */
const rounds = 3;

export type RepetitionOptions = {
  readonly firstPauseMs: number;
  readonly say: (frame: AuthFrame) => void;
  /** After the last pause. */
  readonly givenUp: () => void;
};

/**
 * What a relay could not hand over is said again, byte for byte: a device whose registration is being renewed is away for a
 * moment, and one that has ended the pairing has said why, which may come after the relay's word that it is gone. Who has heard a
 * frame ignores it when it comes again, so this is no second try of a code. Bounded for the whole of a pairing.
 */
export class Repetition {
  private unanswered: readonly AuthFrame[] = [];
  private state: 'asking' | 'given-up' = 'asking';
  private round = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: RepetitionOptions) {}

  /** Not when an answer came after all. */
  get isGivenUp(): boolean {
    return this.state === 'given-up';
  }

  add(frame: AuthFrame): void {
    this.unanswered = [...this.unanswered, frame];
  }

  /** The other side has heard what was said. */
  answered(): void {
    this.stop();
    this.unanswered = [];
    this.state = 'asking';
  }

  /** One of the frames was; the relay does not say which. */
  refused(): void {
    if (this.timer !== undefined || this.isGivenUp) return;
    this.round = Math.min(this.round + 1, rounds);
    const pauseMs = this.options.firstPauseMs * 2 ** (this.round - 1);
    this.timer = setTimeout(() => this.goOn(), pauseMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private goOn(): void {
    this.timer = undefined;
    if (this.round < rounds) {
      for (const frame of this.unanswered) this.options.say(frame);
      return;
    }
    this.state = 'given-up';
    this.options.givenUp();
  }
}
