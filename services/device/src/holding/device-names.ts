import { deviceNameFault, type Peer, type Peers, shownName } from '@openrelay/client';

/** What a machine calls itself, as far as it is a name for a device. */
export function nameOfHost(hostName: string): string {
  const [first = ''] = hostName.split('.');
  const name = Array.from(first).slice(0, 64).join('');
  return deviceNameFault(name) === undefined ? name : 'device';
}

/** Also of one that is a peer no more. */
export function nameOfPeer(peers: Pick<Peers, 'get'>, peerId: string): string {
  const peer: Peer | undefined = peers.get(peerId);
  return peer === undefined ? peerId.slice(0, 8) : shownName(peer);
}

/** What the layers below say by the digits of an id, with the name that the user knows. */
export function withName(sentence: string, peerId: string, name: string): string {
  // A function, since `$&` in a name would mean something.
  return sentence.replaceAll(peerId.slice(0, 8).toUpperCase(), () => name);
}
