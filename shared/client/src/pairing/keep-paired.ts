import type { Identity, Peer, Peers } from '../peers/index';
import { pairingRoot, type Sessions } from '../sessions/index';
import type { PairedSecrets } from './paired-secrets';

export type KeepPairedParts = {
  readonly identity: Identity;
  readonly peers: Pick<Peers, 'add'>;
  readonly sessions: Pick<Sessions, 'begin'>;
};

/** What `Pairing` keeps with: the peer and its first session, in one write of the store. */
export function keepPaired({ identity, peers, sessions }: KeepPairedParts) {
  return async (peer: Peer, secrets: PairedSecrets): Promise<void> => {
    // Belongs to the sessions from here on, which erase it when it is old.
    const root = await pairingRoot(identity.agreement, peer.agreement, secrets);
    const session = { peerId: peer.id, theirs: peer.agreement, root };
    await sessions.begin(session, async (changes) => void (await peers.add(peer, changes)));
  };
}
