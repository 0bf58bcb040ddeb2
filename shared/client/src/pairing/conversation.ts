import { equalBytes } from '../crypto/index';
import type { IdentityRecord, Peer } from '../peers/index';
import type { PairedSecrets } from './exchange/paired-secrets';
import { PairingError, type PairingFailure } from './exchange/pairing-error';
import type { PairingExchange, PairingOutput } from './exchange/pairing-exchange';
import type { AuthFrame, PairingLink } from './exchange/pairing-link';
import type { PairingMode } from './exchange/pairing-role';
import type { AskUser, PairingAnswer } from './pairing-question';
import { Repetition } from './repetition';

export type ConversationOptions = {
  readonly link: PairingLink;
  /** To whom, as the relay knows it. */
  readonly peerId: string;
  readonly mode: PairingMode;
  readonly exchange: PairingExchange;
  readonly ask: AskUser;
  readonly known: (id: string) => Peer | undefined;
  /** This side is about to say that it trusts the device of this id: from then on, that one may believe to be paired. */
  readonly trusting: (id: string) => void;
  /** For the whole, and for the other side's next frame while no user is asked. */
  readonly lifetimeMs: number;
  readonly answerMs: number;
  /** Before what the relay could not hand over is said again. */
  readonly repeatMs: number;
  /** The relay could not hand something over; it is said again soon. */
  readonly onAbsent?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type Outcome = { readonly peer: IdentityRecord; readonly secrets: PairedSecrets };

/** Frames of the other side that wait for the one before; a well-behaved one sends two. */
const maxWaiting = 8;

/** One exchange over a connection, to its end. */
export class Conversation {
  /** Rejects with a PairingError. */
  readonly outcome: Promise<Outcome>;
  private exchange: PairingExchange;
  private readonly questions = new AbortController();
  private readonly timers = new Map<'lifetime' | 'answer', ReturnType<typeof setTimeout>>();
  private lastTurn: Promise<void> = Promise.resolve();
  private waiting = 0;
  private heard: 'nothing' | 'something' = 'nothing';
  private refusal: PairingFailure = 'relay-refused';
  private readonly repetition: Repetition;
  private settle: { resolve(outcome: Outcome): void; reject(error: unknown): void } | undefined;

  constructor(private readonly options: ConversationOptions) {
    this.exchange = options.exchange;
    this.repetition = new Repetition({
      firstPauseMs: options.repeatMs,
      say: (frame) => this.say(frame),
      givenUp: () => this.inTurn(async () => this.giveUpUnanswered()),
    });
    this.outcome = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.arm('lifetime', options.lifetimeMs);
    this.arm('answer', options.answerMs);
    options.signal?.addEventListener('abort', this.cancel, { once: true });
    if (options.signal?.aborted) this.cancel();
  }

  begin(): void {
    this.inTurn(() => this.exchange.begin());
  }

  /** Only frames of the other side. */
  handle(frame: AuthFrame): void {
    // More is no pairing, but somebody who wants this device to compute.
    if (this.waiting < maxWaiting) this.inTurn(() => this.hear(frame));
  }

  /** Gives way to the other side's own beginning, where ours is not answered yet. Nobody hears of the former exchange. */
  startOver(exchange: () => Promise<PairingExchange>, first: AuthFrame): void {
    this.inTurn(async () => {
      if (!this.exchange.isOpening) return [];
      this.exchange.giveUp('cancelled');
      this.exchange = await exchange();
      return this.hear(first);
    });
  }

  /** An `Error` of the relay. */
  refused(code: number): void {
    if (code === 202 || this.settle === undefined) return;
    this.refusal = code === 404 ? this.absent : 'relay-refused';
    if (code !== 404 && code !== 503) {
      this.abandon(this.refusal);
      return;
    }
    this.options.onAbsent?.();
    this.repetition.refused();
  }

  /** Ends it from this side without a word to the other, who can't be reached or was told. */
  abandon(failure: PairingFailure): void {
    this.exchange.giveUp(failure);
    this.end((settle) => settle.reject(new PairingError(failure)));
  }

  private get absent(): PairingFailure {
    if (this.heard === 'something') return 'left';
    return this.options.mode === 'code' ? 'no-such-code' : 'not-connected';
  }

  private readonly cancel = (): void => this.giveUp('cancelled');

  private giveUp(failure: PairingFailure): void {
    this.perform(this.exchange.giveUp(failure));
  }

  private arm(name: 'lifetime' | 'answer', afterMs: number): void {
    this.disarm(name);
    this.timers.set(
      name,
      setTimeout(() => this.giveUp('expired'), afterMs),
    );
  }

  private disarm(name: 'lifetime' | 'answer'): void {
    clearTimeout(this.timers.get(name));
  }

  private async hear(frame: AuthFrame): Promise<readonly PairingOutput[]> {
    this.heard = 'something';
    const outputs = await this.exchange.handle(frame);
    if (outputs.length > 0) this.repetition.answered();
    return outputs;
  }

  /** After what has come meanwhile: its answer may be in it. */
  private giveUpUnanswered(): readonly PairingOutput[] {
    if (this.repetition.isGivenUp) this.abandon(this.refusal);
    return [];
  }

  private inTurn(step: () => Promise<readonly PairingOutput[]>): void {
    this.waiting += 1;
    this.lastTurn = this.lastTurn
      .then(step)
      .then((outputs) => this.perform(outputs))
      .catch((error: unknown) => this.end((settle) => settle.reject(error)))
      .finally(() => {
        this.waiting -= 1;
      });
  }

  private perform(outputs: readonly PairingOutput[]): void {
    for (const output of outputs) {
      switch (output.type) {
        case 'send':
          this.send(output.frame);
          break;
        case 'verified':
          this.disarm('answer');
          this.decide(output.peer, output.digits).catch((error: unknown) => this.end((settle) => settle.reject(error)));
          break;
        case 'paired':
          this.end((settle) => settle.resolve({ peer: output.peer, secrets: output.secrets }));
          break;
        case 'failed':
          this.end((settle) => settle.reject(output.error));
          break;
        default:
          output satisfies never;
      }
    }
  }

  private send(frame: AuthFrame): void {
    this.repetition.add(frame);
    this.say(frame);
  }

  private say(frame: AuthFrame): void {
    try {
      this.options.link.sendAuth(this.options.peerId, frame);
    } catch {
      this.abandon('lost');
    }
  }

  private async decide(peer: IdentityRecord, digits: string): Promise<void> {
    const answer = await this.judge(peer, digits).catch((): PairingFailure => 'declined');
    if (answer === 'trust') this.options.trusting(peer.id);
    this.perform(answer === 'trust' ? this.exchange.trust() : this.exchange.giveUp(answer));
  }

  private async judge(peer: IdentityRecord, digits: string): Promise<'trust' | PairingFailure> {
    const { ask, known, mode } = this.options;
    const former = known(peer.id);
    const replaces = former === undefined || hasKeysOf(former, peer) ? undefined : former;
    const about = mode === 'digits' ? 'digits' : 'replace-keys';
    if (mode === 'code' && replaces === undefined) return 'trust';
    return failureOf(about, await ask({ about, peer, digits, replaces, signal: this.questions.signal }));
  }

  private end(how: (settle: NonNullable<Conversation['settle']>) => void): void {
    const { settle } = this;
    if (settle === undefined) return;
    this.settle = undefined;
    this.disarm('lifetime');
    this.disarm('answer');
    this.repetition.stop();
    this.options.signal?.removeEventListener('abort', this.cancel);
    this.questions.abort();
    how(settle);
  }
}

function failureOf(about: 'digits' | 'replace-keys', answer: PairingAnswer): 'trust' | PairingFailure {
  switch (answer) {
    case 'trust':
    case 'digits-differ':
      return answer;
    case 'refuse':
      return about === 'replace-keys' ? 'keys-kept' : 'declined';
    default:
      return answer satisfies never;
  }
}

function hasKeysOf(peer: Peer, { signing, agreement }: IdentityRecord): boolean {
  return equalBytes(peer.signing, signing) && equalBytes(peer.agreement, agreement);
}
