import { type Peer, type Peers, shownName } from '../peers/index';
import type { Sessions } from '../sessions/index';
import { DeviceError } from './device-error';

/** Throws a DeviceError when there is no such peer. */
export function knownPeer(peers: Peers, peerId: string): Peer {
  const peer = peers.get(peerId);
  if (peer !== undefined) return peer;
  throw new DeviceError('not-paired', `${peerId.slice(0, 8)} is not paired with this device: pair the two first.`);
}

/**
 * A peer that something can be sealed for. Throws a DeviceError for others: nothing is sealed under the first key of an
 * introduced pair, which has no fresh secret in it.
 */
export async function readyPeer(peers: Peers, sessions: Sessions, peerId: string): Promise<Peer> {
  const peer = knownPeer(peers, peerId);
  if (peer.kind === 'legacy') throw textsAndImagesAlone(peer);
  if (peer.kind !== 'introduced' || (await sessions.keyId(peer.id)) !== 1n) return peer;
  const sentence = `${shownName(peer)} has not answered its introduction yet: try again when it is online.`;
  throw new DeviceError('not-ready', sentence);
}

/** Of a Windows app. */
export function textsAndImagesAlone(peer: Peer): DeviceError {
  return new DeviceError('legacy', `${shownName(peer)} is a Windows app, which knows texts and images alone.`);
}
