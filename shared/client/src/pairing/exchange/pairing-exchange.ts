import { erase } from '../../crypto/index';
import type { IdentityRecord } from '../../peers/index';
import { HostOpening } from './host-opening';
import { JoinerOpening } from './joiner-opening';
import type { Handled, Opening, OpeningOptions } from './opening';
import type { PairedSecrets } from './paired-secrets';
import { PairingError, type PairingFailure } from './pairing-error';
import { readSuccess, refusalFrame, trustFrame } from './pairing-frames';
import type { AuthFrame } from './pairing-link';
import type { PairingRole } from './pairing-role';
import { isProofOfPeer, proofOf, type Verified } from './verified';

/** What the exchange wants done next, in order. */
export type PairingOutput =
  | { readonly type: 'send'; readonly frame: AuthFrame }
  /** Now `trust` or `giveUp` is awaited: at once with a code, after the user has compared the digits without one. */
  | { readonly type: 'verified'; readonly peer: IdentityRecord; readonly digits: string }
  | { readonly type: 'paired'; readonly peer: IdentityRecord; readonly secrets: PairedSecrets }
  | { readonly type: 'failed'; readonly error: PairingError };

type State =
  | { readonly name: 'opening' }
  | {
      readonly name: 'verified';
      readonly verified: Verified;
      readonly own: 'undecided' | 'trusts';
      readonly theirs: 'undecided' | 'trusts';
    }
  | { readonly name: 'over' };

const printed = Symbol.for('nodejs.util.inspect.custom');

/**
 * One pairing, from one side, without clock and connection: frames in, frames and an end out. Call it one at a time. There is
 * exactly one end, `paired` or `failed`; after it, everything is ignored.
 *
 * Guarantee: `paired` says that the other side has shown the keys of its record, that it knows the code or that this side's
 * user called the digits equal, and that it said so itself with a key that no relay has.
 */
export class PairingExchange {
  private state: State = { name: 'opening' };
  private readonly opening: Opening;

  constructor(
    private readonly role: PairingRole,
    options: OpeningOptions,
  ) {
    this.opening = role === 'joiner' ? new JoinerOpening(options) : new HostOpening(options);
  }

  /** Nothing of the other side's has led to anything yet, or only to an answer. */
  get isOpening(): boolean {
    return this.state.name === 'opening';
  }

  /** The joiner's first frame; a host says nothing unasked. */
  async begin(): Promise<readonly PairingOutput[]> {
    const frame = await this.opening.begin();
    return frame === undefined ? [] : [{ type: 'send', frame }];
  }

  async handle(frame: AuthFrame): Promise<readonly PairingOutput[]> {
    if (this.state.name === 'over') return [];
    if (frame.type === 'AuthSuccess') return this.hearSuccess(frame);
    return this.state.name === 'opening' ? this.follow(await this.opening.handle(frame)) : [];
  }

  /** This side trusts the other: the digits are the same, or the code was right. Before `verified` it does nothing. */
  trust(): readonly PairingOutput[] {
    const { state } = this;
    if (state.name !== 'verified' || state.own === 'trusts') return [];
    const frame = trustFrame(proofOf(this.role, state.verified, 'trusted'));
    return [{ type: 'send', frame }, ...this.continue({ ...state, own: 'trusts' })];
  }

  /** Ends it from this side; the other side is told. */
  giveUp(failure: PairingFailure): readonly PairingOutput[] {
    const { state } = this;
    if (state.name === 'over') return [];
    const proof = state.name === 'verified' ? proofOf(this.role, state.verified, 'refused') : undefined;
    return [{ type: 'send', frame: refusalFrame(failure, proof) }, ...this.fail(failure)];
  }

  private follow(handled: Handled): readonly PairingOutput[] {
    if (!this.isOpening) {
      // Given up while this was computed, from what is erased now.
      this.opening.erase();
      return [];
    }
    switch (handled.status) {
      case 'ignored':
        return [];
      case 'answered':
        return [{ type: 'send', frame: handled.frame }];
      case 'failed':
        return this.giveUp(handled.failure);
      case 'verified': {
        const { verified, frame } = handled;
        this.state = { name: 'verified', verified, own: 'undecided', theirs: 'undecided' };
        const sends: PairingOutput[] = frame === undefined ? [] : [{ type: 'send', frame }];
        return [...sends, { type: 'verified', peer: verified.peer, digits: verified.digits }];
      }
      default:
        return handled satisfies never;
    }
  }

  /** Keys are in here. */
  toJSON(): string {
    return '[pairing]';
  }

  [printed](): string {
    return this.toJSON();
  }

  private hearSuccess(frame: AuthFrame): readonly PairingOutput[] {
    const { state } = this;
    const success = readSuccess(frame);
    if (success === 'tampered') return this.giveUp('tampered');
    if (!success.trusted) return this.fail(success.reason);
    if (state.name !== 'verified' || !isProofOfPeer(this.role, state.verified, success.proof))
      return this.giveUp('tampered');
    return this.continue({ ...state, theirs: 'trusts' });
  }

  private continue(state: State & { name: 'verified' }): readonly PairingOutput[] {
    if (state.own === 'undecided' || state.theirs === 'undecided') {
      this.state = state;
      return [];
    }
    this.state = { name: 'over' };
    const { authKey, peer, secrets } = state.verified;
    erase(authKey);
    return [{ type: 'paired', peer, secrets }];
  }

  private fail(failure: PairingFailure): readonly PairingOutput[] {
    if (this.state.name === 'verified') {
      const { authKey, secrets } = this.state.verified;
      secrets.ephemeral.erase();
      erase(authKey, secrets.pairingKey);
    }
    this.opening.erase();
    this.state = { name: 'over' };
    return [{ type: 'failed', error: new PairingError(failure) }];
  }
}
