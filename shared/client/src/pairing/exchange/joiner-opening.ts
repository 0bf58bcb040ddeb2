import { equalBytes, erase } from '../../crypto/index';
import type { AgreedKeys } from './key-exchange';
import { failed, type Handled, ignored, type Opening, type OpeningOptions } from './opening';
import { keysOfPairing, openBox, sealBox } from './pairing-box';
import { type Response, readResponse, requestFrame, verifyFrame } from './pairing-frames';
import type { AuthFrame } from './pairing-link';
import { type Context, makeOwnPart, type OwnPart, readContent, signedContent } from './shown-self';
import { commitmentOf } from './transcript';
import { verifiedBy } from './verified';

type State =
  | { readonly name: 'new' }
  | { readonly name: 'requested'; readonly own: OwnPart; readonly commitment: Uint8Array }
  | { readonly name: 'done' };

/** The side that begins: commits itself, and shows what it is committed to once the host is bound. */
export class JoinerOpening implements Opening {
  private state: State = { name: 'new' };
  private readonly erasers: (() => void)[] = [];

  constructor(private readonly options: OpeningOptions) {}

  async begin(): Promise<AuthFrame> {
    const { identity, keys, random } = this.options;
    const own = await makeOwnPart(identity, random);
    this.erasers.push(() => own.ephemeral.erase());
    const commitment = commitmentOf(own.nonce, own.record, own.ephemeral.publicKey);
    this.state = { name: 'requested', own, commitment };
    return requestFrame(keys.mode, { share: keys.share, commitment });
  }

  async handle(frame: AuthFrame): Promise<Handled> {
    const { state } = this;
    if (frame.type !== 'AuthResponse' || state.name !== 'requested') return ignored;
    this.state = { name: 'done' };
    const { keys } = this.options;
    const response = readResponse(keys.mode, frame);
    if (typeof response === 'string') return failed(response);
    const agreed = await keys.finish(response.share);
    keys.erase();
    if (agreed === undefined) return failed('tampered');
    this.erasers.push(() => erase(agreed.pairingKey));
    const { theirs } = agreed.confirmations ?? { theirs: new Uint8Array() };
    if (!equalBytes(response.confirmation, theirs)) return failed('wrong-code');
    return this.answer(state, response, agreed);
  }

  erase(): void {
    this.options.keys.erase();
    for (const forget of this.erasers.splice(0)) forget();
    this.state = { name: 'done' };
  }

  private async answer(
    { own, commitment }: State & { name: 'requested' },
    response: Response,
    agreed: AgreedKeys,
  ): Promise<Handled> {
    const { identity, keys, peerId, random } = this.options;
    const derived = keysOfPairing(agreed.pairingKey);
    const context: Context = {
      joinerShare: keys.share,
      hostShare: response.share,
      hostNonce: response.nonce,
      commitment,
    };
    const content = await openBox(derived.box, 'host', response.box);
    const peer = await readContent('host', content, context, { ownId: identity.id, peerId });
    if (typeof peer === 'string' || content === undefined) return failed(typeof peer === 'string' ? peer : 'tampered');

    const shown = await signedContent('joiner', identity, own, context);
    const box = await sealBox(derived.box, 'joiner', shown, random);
    erase(derived.box);
    const confirmation = agreed.confirmations?.own ?? new Uint8Array();
    const transcript = {
      ...context,
      hostRecord: content.record,
      hostEphemeral: content.ephemeral,
      joinerNonce: own.nonce,
      joinerRecord: own.record,
      joinerEphemeral: own.ephemeral.publicKey,
    };
    const verified = verifiedBy({
      role: 'joiner',
      peer,
      own,
      theirEphemeral: content.ephemeral,
      pairingKey: agreed.pairingKey,
      authKey: derived.auth,
      transcript,
    });
    return { status: 'verified', verified, frame: verifyFrame({ confirmation, nonce: own.nonce, box }) };
  }
}
