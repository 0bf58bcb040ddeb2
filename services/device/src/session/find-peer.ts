import { Failure } from '../failures/failure';
import { printableLine } from '../terminal/printable';
import type { PeerView } from '../work/works';

const leastDigits = 4;

export const nobodyPaired = 'No device is paired with this one yet: “openrelay pair”.';

/** Whom a person means: by name in any case, or by the first digits of the id. Throws a Failure that lists whom there is. */
export function findPeer(peers: readonly PeerView[], text: string): PeerView {
  const found = peersNamed(peers, text);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first === undefined)
    throw new Failure(1, `No device of the name “${text}” is paired with this one: ${listed(peers)}`);
  const ids = found.map(({ id }) => id.slice(0, 8)).join(', ');
  throw new Failure(1, `“${text}” may be any of ${ids}: say which by its id, or “openrelay rename” one of them.`);
}

/** Both ways at once: a device must not get what is meant for another by calling itself as that one's id begins. */
export function peersNamed(peers: readonly PeerView[], text: string): readonly PeerView[] {
  const wanted = text.trim().toLowerCase();
  const isMeant = (id: string): boolean => wanted.length >= leastDigits && id.toLowerCase().startsWith(wanted);
  return peers.filter(({ name, id }) => name.toLowerCase() === wanted || isMeant(id));
}

/** Safe on a terminal; also of one that is a peer no more. */
export function nameOf(peers: readonly PeerView[], peerId: string): string {
  return printableLine(peers.find(({ id }) => id === peerId)?.name ?? peerId.slice(0, 8));
}

function listed(peers: readonly PeerView[]): string {
  if (peers.length === 0) return '“openrelay pair” pairs the first one.';
  return `there ${peers.length === 1 ? 'is' : 'are'} ${peers.map(({ name }) => name).join(', ')}.`;
}
