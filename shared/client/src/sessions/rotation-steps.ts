import {
  AgreementError,
  type AgreementKey,
  agreementKeyOf,
  type ErasableAgreementKey,
  equalBytes,
  type RandomBytes,
} from '../crypto/index';
import { type RotationSecrets, rotatedRoot } from './key-schedule';
import { withoutOldKeys } from './old-keys';
import { openPackage, type PackageContent, sealPackage } from './rotation-package';
import { type Epoch, firstKeyId, newEpoch, newestEpoch, type SessionState } from './session-state';

export type RotationContext = {
  readonly identity: AgreementKey;
  readonly random: RandomBytes;
  /** Unix ms. */
  readonly now: number;
};

export type StartStep =
  | { readonly status: 'started'; readonly state: SessionState }
  /** An update of either side is not answered, or its answer not confirmed. */
  | { readonly status: 'under-way' };

/** A fresh key for the next key id, offered until the peer answers. */
export async function startStep(state: SessionState, { random }: RotationContext): Promise<StartStep> {
  const epoch = newestEpoch(state);
  if (state.pending !== undefined || !isInUseBothWays(state, epoch.keyId)) return { status: 'under-way' };
  const secret = random(32);
  const key = await agreementKeyOf(secret);
  const keyId = epoch.keyId + 1n;
  const content = { t: 'rotate', keyId, ephemeral: key.publicKey } as const;
  const pending = { keyId, secret, package: await sealPackage(state, epoch, content, random) };
  key.erase();
  return { status: 'started', state: { ...state, pending } };
}

/** Only then has each side read whatever the other sealed under older keys, which so are never needed for long. */
function isInUseBothWays({ sendKeyId, openedKeyId }: SessionState, keyId: bigint): boolean {
  return keyId === firstKeyId || (sendKeyId === keyId && openedKeyId === keyId);
}

/** Nothing can be agreed with the peer's fresh key, which whoever has no other secret could then compute. */
type Tampered = { readonly status: 'tampered' };

type Frame = { readonly keyId: bigint; readonly package: Uint8Array };
type RotateContent = PackageContent & { t: 'rotate' };

export type AnswerStep =
  | { readonly status: 'answered'; readonly state: SessionState; readonly package: Uint8Array }
  /** Both began at once, and this side's update goes first: it is to be offered again, in case it came too early. */
  | { readonly status: 'ours-goes-first' }
  /** Another key of this id is in use: the peer's store is older than its session. */
  | { readonly status: 'in-use'; readonly package: Uint8Array }
  /** The peer sent as many updates as are answered in that time. */
  | { readonly status: 'too-often' }
  | Tampered
  /** `unknown-key`: sealed under a key that this side lacks. */
  | { readonly status: 'unknown-key' }
  | { readonly status: 'altered' };

/**
 * What an update of the peer's asks for. The state must be stored before the package leaves.
 * @param take asked when the update is the peer's own: made-up ones must not use up what the peer may, nor `again` what is `new`,
 * since a relay can show old ones without end
 */
export async function answerStep(
  state: SessionState,
  frame: Frame,
  context: RotationContext,
  take: (update: 'new' | 'again') => 'taken' | 'used-up' = () => 'taken',
): Promise<AnswerStep> {
  const opened = await openPackage(state, frame.keyId, frame.package);
  if (opened.status !== 'opened') return opened;
  const { epoch, content } = opened;
  if (content.t !== 'rotate') return { status: 'altered' };
  const heard = sendingUnder(state, epoch.keyId);
  const isInUse = epoch.root === undefined || content.keyId <= heard.sendKeyId;
  const isKnown = isAnswered(state, content);
  if (take(isKnown || isInUse ? 'again' : 'new') === 'used-up') return { status: 'too-often' };
  if (isKnown) return { status: 'answered', state, package: state.answered!.package };
  if (goesFirst(heard, content.keyId)) return { status: 'ours-goes-first' };
  return isInUse
    ? { status: 'in-use', package: await refusal(heard, epoch, content, context.random) }
    : answer(heard, epoch, content, context);
}

/** The peer has this key. But messages may be on their way under older ones: frames do not wait for these. */
function sendingUnder(state: SessionState, keyId: bigint): SessionState {
  return keyId > state.sendKeyId ? { ...state, sendKeyId: keyId, owes: 'confirmation' } : state;
}

function isAnswered({ answered }: SessionState, { keyId, ephemeral }: RotateContent): boolean {
  return answered?.keyId === keyId && equalBytes(answered.ephemeral, ephemeral);
}

/** Of two updates for one key id, that of the device with the smaller id counts. */
function goesFirst({ pending, ownId, peerId }: SessionState, keyId: bigint): boolean {
  return pending?.keyId === keyId && ownId < peerId;
}

async function refusal(state: SessionState, epoch: Epoch, content: RotateContent, random: RandomBytes) {
  return sealPackage(state, epoch, { t: 'refused', keyId: content.keyId, to: content.ephemeral }, random);
}

/** Replaces an epoch of the same id that nothing was opened under: its starter has forgotten it. */
async function answer(
  state: SessionState,
  epoch: Epoch,
  { keyId, ephemeral }: RotateContent,
  { identity, random, now }: RotationContext,
): Promise<AnswerStep> {
  const secret = random(32);
  const ownEphemeral = await agreementKeyOf(secret);
  secret.fill(0);
  const keys = { own: identity, ownEphemeral, theirs: state.theirs, theirEphemeral: ephemeral };
  const root = await rootOr(epoch, keyId, { role: 'answerer', ...keys });
  if (root === 'tampered') return { status: 'tampered' };
  const content = { t: 'rotated', keyId, ephemeral: ownEphemeral.publicKey, to: ephemeral } as const;
  const sealed = await sealPackage(state, epoch, content, random);
  const epochs = [...state.epochs.filter((known) => known.keyId < keyId), newEpoch(state, keyId, root, now)];
  const answered = { keyId, ephemeral, package: sealed };
  return { status: 'answered', package: sealed, state: { ...state, epochs, answered, pending: undefined } };
}

export type FinishStep =
  | { readonly status: 'rotated'; readonly state: SessionState }
  /** The peer can't follow: the two sessions are out of step. */
  | { readonly status: 'refused'; readonly state: SessionState }
  | Tampered
  /** An answer to nothing that waits. */
  | { readonly status: 'ignored' };

/** The peer's answer to the pending update: from now on this side seals under the new key, and owes to say so. */
export async function finishStep(state: SessionState, frame: Frame, context: RotationContext): Promise<FinishStep> {
  const { pending } = state;
  if (pending?.keyId !== frame.keyId) return { status: 'ignored' };
  const opened = await openPackage(state, frame.keyId, frame.package);
  if (opened.status !== 'opened' || opened.content.t === 'rotate') return { status: 'ignored' };
  const ownEphemeral = await agreementKeyOf(pending.secret);
  const { epoch, content } = opened;
  if (!equalBytes(content.to, ownEphemeral.publicKey)) return { status: 'ignored' };
  if (content.t === 'refused') return { status: 'refused', state: { ...state, pending: undefined } };
  const keys = { own: context.identity, ownEphemeral, theirs: state.theirs, theirEphemeral: content.ephemeral };
  const root = await rootOr(epoch, frame.keyId, { role: 'starter', ...keys });
  if (root === 'tampered') return { status: 'tampered' };
  return { status: 'rotated', state: withNewest(state, newEpoch(state, frame.keyId, root, context.now), context.now) };
}

/** The own fresh key is gone afterwards. */
async function rootOr(
  epoch: Epoch,
  keyId: bigint,
  secrets: RotationSecrets & { readonly ownEphemeral: ErasableAgreementKey },
): Promise<Uint8Array | 'tampered'> {
  try {
    return await rotatedRoot(epoch.root!, keyId, secrets);
  } catch (error) {
    if (error instanceof AgreementError) return 'tampered';
    throw error;
  } finally {
    secrets.ownEphemeral.erase();
  }
}

function withNewest(state: SessionState, epoch: Epoch, now: number): SessionState {
  const epochs = [...state.epochs, epoch];
  const changed = { epochs, sendKeyId: epoch.keyId, pending: undefined, owes: 'confirmation' } as const;
  return withoutOldKeys({ ...state, ...changed }, now);
}
