import { equalBytes } from '../crypto/index';
import type { Changes, Store } from '../stores/store';
import { deviceNameFault } from './device-name';
import { type Peer, peerBytes, readPeer } from './peer';

/** As many as a device may list with the relay. */
export const maxPeers = 1_000;

/** A thousand peers are there already. */
export class PeersFull extends Error {
  override readonly name = 'PeersFull';
}

/** An introduction must not change whom this device trusts already. */
export class PeerKept extends Error {
  override readonly name = 'PeerKept';
}

const prefix = 'peer:';

/** Whom this device trusts: read once from a store, written through. */
export class Peers {
  private readonly listeners = new Set<() => void>();
  private lastChange: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly store: Store,
    private readonly byId: Map<string, Peer>,
    /** Records that can't be read: their devices are strangers until they are paired again. */
    readonly damagedKeys: readonly string[],
  ) {}

  static async open(store: Store): Promise<Peers> {
    const byId = new Map<string, Peer>();
    const damagedKeys: string[] = [];
    for (const key of await store.keys(prefix)) {
      const peer = readPeer((await store.get(key)) ?? new Uint8Array());
      if (peer !== undefined && keyOf(peer.id) === key) byId.set(peer.id, peer);
      else damagedKeys.push(key);
    }
    return new Peers(store, byId, damagedKeys);
  }

  /** Oldest first. */
  list(): readonly Peer[] {
    return [...this.byId.values()].sort((one, other) => one.since - other.since || (one.id < other.id ? -1 : 1));
  }

  /** @param id in either case */
  get(id: string): Peer | undefined {
    return this.byId.get(id.toUpperCase());
  }

  /**
   * Takes the place of a peer of this id, whose alias stays. `alongside` is written in the same step, as its session must
   * be. Throws PeersFull, and PeerKept for an introduction of who is a peer otherwise, or with other keys.
   */
  async add(peer: Peer, alongside: Changes = new Map()): Promise<Peer> {
    return this.inTurn(async () => {
      const former = this.byId.get(peer.id);
      if (former !== undefined && peer.kind === 'introduced' && !isSameIntroduction(former, peer)) {
        throw new PeerKept(`${peer.id.slice(0, 8)} is a peer already: an introduction does not replace its keys.`);
      }
      if (former === undefined && this.byId.size >= maxPeers) {
        throw new PeersFull(`This device has ${maxPeers} peers, which is the most: forget one of them first.`);
      }
      return this.keep({ ...peer, alias: peer.alias ?? former?.alias }, alongside);
    });
  }

  /** Our own name for it; the peer's own again without one. Nothing happens when it is not a peer. */
  async rename(id: string, alias: string | undefined): Promise<Peer | undefined> {
    const fault = alias === undefined ? undefined : deviceNameFault(alias);
    if (fault !== undefined) throw new RangeError(fault);
    return this.inTurn(async () => {
      const peer = this.get(id);
      return peer === undefined ? undefined : this.keep({ ...peer, alias }, new Map());
    });
  }

  /** Whether devices that it introduces are trusted, as the user says. Nothing happens when it is not a peer. */
  async letIntroduce(id: string, answer: 'yes' | 'no'): Promise<Peer | undefined> {
    return this.inTurn(async () => {
      const peer = this.get(id);
      return peer === undefined ? undefined : this.keep({ ...peer, mayIntroduce: answer === 'yes' }, new Map());
    });
  }

  /** @param alongside what is deleted or written in the same step, as its session must be */
  async forget(id: string, alongside: Changes = new Map()): Promise<'forgotten' | 'unknown'> {
    return this.inTurn(async () => {
      const peer = this.get(id);
      if (peer === undefined) return 'unknown';
      await this.store.write(new Map([...alongside, [keyOf(peer.id), undefined]]));
      this.byId.delete(peer.id);
      this.tell();
      return 'forgotten';
    });
  }

  /** Called after each change; returns what takes the listener away again. A listener must not throw. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private async keep(peer: Peer, alongside: Changes): Promise<Peer> {
    await this.store.write(new Map([...alongside, [keyOf(peer.id), peerBytes(peer)]]));
    this.byId.set(peer.id, peer);
    this.tell();
    return peer;
  }

  /** One change at a time, so that none is made from what another one replaces. */
  private async inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const turn = this.lastChange.then(change, change);
    this.lastChange = turn;
    return turn;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

function isSameIntroduction(former: Peer, { introducedBy, signing, agreement }: Peer): boolean {
  const hasSameKeys = equalBytes(former.signing, signing) && equalBytes(former.agreement, agreement);
  return former.kind === 'introduced' && former.introducedBy === introducedBy && hasSameKeys;
}

function keyOf(id: string): string {
  return `${prefix}${id.toLowerCase()}`;
}
