import type { AuthFrame, PairingListener, TemporaryLink } from '../src/index';

export type Carried = { readonly from: string; readonly to: string; readonly frame: AuthFrame };

/** A relay in this process: it hands Auth frames on, or whatever a test puts in their place. */
export class RelayBetween {
  readonly carried: Carried[] = [];
  private readonly links = new Map<string, RelayedLink>();

  /** @param tamper what becomes of a frame; none by default */
  constructor(private readonly tamper: (carried: Carried) => readonly Carried[] = (carried) => [carried]) {}

  /** As on the real one, the newest registration of an id has it. */
  register(id: string): TemporaryLink {
    this.links.get(id)?.end(4001);
    const link = new RelayedLink(id, this);
    this.links.set(id, link);
    return link;
  }

  isHeld(id: string): boolean {
    return this.links.has(id);
  }

  carry(carried: Carried): void {
    this.carried.push(carried);
    // Later, as everything that a network does.
    setImmediate(() => {
      for (const each of this.tamper(carried)) this.hand(each);
    });
  }

  /** As the relay answers while nobody has the recipient's id. */
  refuse({ from }: Carried, code = 404): readonly [] {
    this.links.get(from)?.tell((listener) => listener.refused(code));
    return [];
  }

  /** What a stranger says, without a link of its own. */
  inject(carried: Carried): void {
    this.hand(carried);
  }

  leave(link: RelayedLink): void {
    if (this.links.get(link.id) === link) this.links.delete(link.id);
  }

  private hand(carried: Carried): void {
    const recipient = this.links.get(carried.to.toUpperCase());
    if (recipient === undefined) this.refuse(carried);
    else recipient.tell((listener) => listener.auth(carried.from, carried.frame));
  }
}

class RelayedLink implements TemporaryLink {
  private readonly listeners = new Set<PairingListener>();
  private state: 'open' | 'closed' = 'open';

  constructor(
    readonly id: string,
    private readonly relay: RelayBetween,
  ) {}

  sendAuth(recipientId: string, frame: AuthFrame): void {
    if (this.state === 'closed') throw new Error('The connection is closed.');
    this.relay.carry({ from: this.id, to: recipientId, frame });
  }

  listen(listener: PairingListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  close(): void {
    this.end(1000);
  }

  end(code: number): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.relay.leave(this);
    this.tell((listener) => listener.closed(code));
  }

  tell(what: (listener: PairingListener) => void): void {
    for (const listener of this.listeners) what(listener);
  }
}
