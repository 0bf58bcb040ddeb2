import { type IncomingRecord, type OutgoingRecord, type Peer, shownName } from '@openrelay/client';
import type { HeldDevice } from '../holding/held-device';
import { linkSentence } from '../holding/tell-events';
import { acceptRuleOf, type Settings } from '../settings/settings-file';
import type { IdentityView, LinkView, PeerView, TransferView } from './works';

export function peerView(peer: Peer, settings: Settings): PeerView {
  const { id, name: ownName, kind, since, introducedBy } = peer;
  const mayIntroduce = peer.mayIntroduce && kind !== 'legacy' ? 'yes' : 'no';
  const accept = acceptRuleOf(settings, id);
  return { id, name: shownName(peer), ownName, kind, since, introducedBy, accept, mayIntroduce };
}

export async function identityView(held: HeldDevice): Promise<IdentityView> {
  const { id, name } = await held.identity();
  return { id, name, relay: held.relay };
}

export function linkView(held: HeldDevice): LinkView {
  if (held.running === undefined) return { is: 'idle', why: '' };
  const { state } = held.running.link;
  const why = state.is === 'connected' ? '' : linkSentence(state, held.now());
  return { is: state.is, why, untilMs: state.is === 'waiting' ? state.untilMs : undefined };
}

export function incomingView({ peerId, id, name, size, bytes, phase }: IncomingRecord): TransferView {
  return { direction: 'in', peerId, id, name, size, bytes, phase };
}

export function outgoingView({ peerId, id, name, size }: OutgoingRecord): TransferView {
  return { direction: 'out', peerId, id, name, size, phase: 'sending' };
}
