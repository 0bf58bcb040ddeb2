import { SessionError } from './session-error';
import { shortId } from './session-events';

/** Not the message's fault: it comes again without end. Any other error of a handler is taken for the message's after a while. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

/** At that the back-off between them comes to a quarter of an hour. */
const mostTries = 10;
/** A connection that comes and goes must not use the tries up. */
const leastMs = 10 * 60 * 1000;

/** The message of a peer's that comes again, and what is known of it. */
type Trial = {
  readonly messageId: string;
  /** Ms. */
  readonly since: number;
  tries: number;
  /** `over`: the handler has finished, or was given up. What is left is to count the message, which the store refused. */
  handler: 'failing' | 'over';
  /** What follows it waits until the relay delivers again. */
  followers: 'wait' | 'may come';
};

export type Handling = {
  readonly peerId: string;
  readonly messageId: string;
  readonly handle: () => Promise<void>;
  /** Makes it last that the message was handled. */
  readonly count: () => Promise<void>;
  /** The handler failed once too often: the message counts as handled. */
  readonly gaveUp: (error: unknown, tries: number) => void;
};

/**
 * A message whose handler failed comes again, and what follows it must wait for it: handled before, it would make the first one
 * too old to be read. One that fails each time is given up, or its peer could never be heard again. It is not kept: whoever can
 * make a handler fail could fill the store, and its sender is there to be asked. Tries are of one process.
 */
export class Failures {
  private readonly trials = new Map<string, Trial>();

  /** @param now ms */
  constructor(private readonly now: () => number) {}

  /** Rejects when the message must come again. */
  async guard({ peerId, messageId, handle, count, gaveUp }: Handling): Promise<void> {
    const trial = this.trialOf(peerId, messageId);
    try {
      if (trial.handler === 'failing') await this.attempt(trial, handle, gaveUp);
      await count();
    } catch (error) {
      trial.followers = 'wait';
      this.trials.set(peerId, trial);
      throw error;
    }
    this.trials.delete(peerId);
  }

  /** It need not come again, as when the store has it although it said that it had not. */
  settled(peerId: string, messageId: string): void {
    if (this.trials.get(peerId)?.messageId === messageId) this.trials.delete(peerId);
  }

  forget(peerId: string): void {
    this.trials.delete(peerId);
  }

  /** The relay delivers again, in order; what it has dropped holds up nothing. */
  delivered(): void {
    for (const trial of this.trials.values()) trial.followers = 'may come';
  }

  private trialOf(peerId: string, messageId: string): Trial {
    const known = this.trials.get(peerId);
    if (known?.messageId === messageId) return known;
    if (known?.followers === 'wait') {
      const sentence = `A message of ${shortId(peerId)} waits for an earlier one that could not be handled.`;
      throw new SessionError('waits', sentence);
    }
    return { messageId, since: this.now(), tries: 0, handler: 'failing', followers: 'may come' };
  }

  private async attempt(trial: Trial, handle: Handling['handle'], gaveUp: Handling['gaveUp']): Promise<void> {
    try {
      await handle();
    } catch (error) {
      if (error instanceof NotNow) throw error;
      trial.tries += 1;
      if (trial.tries < mostTries || Math.abs(this.now() - trial.since) < leastMs) throw error;
      gaveUp(error, trial.tries);
    }
    trial.handler = 'over';
  }
}
