import { equalBytes, erase } from '../../crypto/index';
import type { AgreedKeys } from './key-exchange';
import { failed, type Handled, ignored, type Opening, type OpeningOptions } from './opening';
import { keysOfPairing, openBox, sealBox } from './pairing-box';
import { readRequest, readVerify, responseFrame, type Verify } from './pairing-frames';
import type { AuthFrame } from './pairing-link';
import { type Context, makeOwnPart, type OwnPart, readContent, signedContent } from './shown-self';
import { commitmentOf } from './transcript';
import { verifiedBy } from './verified';

type Answered = {
  readonly name: 'answered';
  readonly own: OwnPart;
  readonly context: Context;
  readonly agreed: AgreedKeys;
  readonly derived: ReturnType<typeof keysOfPairing>;
};
type State = { readonly name: 'waiting' } | Answered | { readonly name: 'done' };

/** The side that waits: it shows everything before it knows what the joiner is committed to. */
export class HostOpening implements Opening {
  private state: State = { name: 'waiting' };
  private readonly erasers: (() => void)[] = [];

  constructor(private readonly options: OpeningOptions) {}

  async begin(): Promise<undefined> {}

  async handle(frame: AuthFrame): Promise<Handled> {
    const { state } = this;
    if (frame.type === 'AuthRequest' && state.name === 'waiting') return this.answer(frame);
    if (frame.type === 'AuthVerify' && state.name === 'answered') return this.verify(frame, state);
    return ignored;
  }

  erase(): void {
    this.options.keys.erase();
    for (const forget of this.erasers.splice(0)) forget();
    this.state = { name: 'done' };
  }

  private async answer(frame: AuthFrame): Promise<Handled> {
    this.state = { name: 'done' };
    const { identity, keys, random } = this.options;
    const request = readRequest(keys.mode, frame);
    if (typeof request === 'string') return failed(request);
    const agreed = await keys.finish(request.share);
    keys.erase();
    if (agreed === undefined) return failed('tampered');
    const own = await makeOwnPart(identity, random);
    const context: Context = {
      joinerShare: request.share,
      hostShare: keys.share,
      hostNonce: own.nonce,
      commitment: request.commitment,
    };
    const derived = keysOfPairing(agreed.pairingKey);
    this.erasers.push(
      () => own.ephemeral.erase(),
      () => erase(agreed.pairingKey, derived.box, derived.auth),
    );
    const box = await sealBox(derived.box, 'host', await signedContent('host', identity, own, context), random);
    this.state = { name: 'answered', own, context, agreed, derived };
    const confirmation = agreed.confirmations?.own ?? new Uint8Array();
    return { status: 'answered', frame: responseFrame({ share: keys.share, nonce: own.nonce, confirmation, box }) };
  }

  private async verify(frame: AuthFrame, answered: Answered): Promise<Handled> {
    this.state = { name: 'done' };
    const said = readVerify(this.options.keys.mode, frame);
    if (typeof said === 'string') return failed(said);
    const { theirs } = answered.agreed.confirmations ?? { theirs: new Uint8Array() };
    if (!equalBytes(said.confirmation, theirs)) return failed('wrong-code');
    return this.trustworthy(said, answered);
  }

  private async trustworthy({ nonce, box }: Verify, { own, context, agreed, derived }: Answered): Promise<Handled> {
    const { identity, peerId } = this.options;
    const content = await openBox(derived.box, 'joiner', box);
    const peer = await readContent('joiner', content, context, { ownId: identity.id, peerId });
    if (typeof peer === 'string' || content === undefined) return failed(typeof peer === 'string' ? peer : 'tampered');
    // Without this, a joiner could choose its nonce after the host's until the digits suit it.
    if (!equalBytes(commitmentOf(nonce, content.record, content.ephemeral), context.commitment))
      return failed('tampered');
    erase(derived.box);
    const transcript = {
      ...context,
      hostRecord: own.record,
      hostEphemeral: own.ephemeral.publicKey,
      joinerNonce: nonce,
      joinerRecord: content.record,
      joinerEphemeral: content.ephemeral,
    };
    const verified = verifiedBy({
      role: 'host',
      peer,
      own,
      theirEphemeral: content.ephemeral,
      pairingKey: agreed.pairingKey,
      authKey: derived.auth,
      transcript,
    });
    return { status: 'verified', verified };
  }
}
