import { Failure } from '../failures/failure';
import type { PeerView } from '../work/works';
import { findPeer, peersNamed } from './find-peer';

/**
 * To whom something goes: one peer, several with commas, or `all`. A peer says itself what it is called, so no name makes a peer of
 * what is meant as a text. Throws a Failure.
 */
export function addresseesOf(peers: readonly PeerView[], text: string): readonly PeerView[] {
  if (text.toLowerCase() === 'all' && peersNamed(peers, text).length === 0 && peers.length > 0) return peers;
  const names = text.split(',');
  const listed = names.length > 1 && names.every((name) => peersNamed(peers, name).length > 0);
  if (!listed && (names.length === 1 || peersNamed(peers, text).length > 0)) return [findPeer(peers, text)];
  if (listed && peersNamed(peers, text).length > 0) {
    throw new Failure(1, `“${text}” is the name of a device, and a list of others: say which by their ids.`);
  }
  return [...new Set(names.map((name) => findPeer(peers, name)))];
}

/** The word behind the addressees: somebody may mean a further one by it. Throws a Failure. */
export function refuseFurtherPeer(peers: readonly PeerView[], to: string, word: string | undefined): void {
  if (word === undefined || peersNamed(peers, word).length === 0) return;
  throw new Failure(
    2,
    `“${word}” is a paired device: “${to},${word}” sends to both. A text that is called so is sent with --text, a file as ./${word}.`,
  );
}
