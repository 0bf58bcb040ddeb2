import type { Clip, Device, DeviceMessage, Peer } from '@openrelay/client';
import { type Clipboard, type ClipContent, mostClipBytes, type Watch } from '../clipboard';
import { ClipBudget } from './clip-budget';
import { markOf } from './clip-mark';
import { type Arrived, type ClipOrder, isNewest, localCopy, noClips, remoteCopy } from './clip-order';
import { ClipOutlet, type OutgoingClip } from './clip-outlet';
import { type ClipSharing, withEverybody, withNobody } from './clip-sharing';
import { NewestOnly } from './newest-only';
import { bytesOf } from './send-large';
import { TakeLarge } from './take-large';

export type ClipEvent =
  | { readonly name: 'sent'; readonly is: ClipContent['is']; readonly peers: number }
  /** It goes in parts, as it is larger than a message. */
  | {
      readonly name: 'begun';
      readonly is: ClipContent['is'];
      readonly bytes: number;
      readonly to: string;
      readonly seconds: number;
    }
  | { readonly name: 'set'; readonly is: ClipContent['is']; readonly from: Peer }
  /** Copied here or there, and not passed on. */
  | { readonly name: 'skipped'; readonly why: 'concealed' | 'too-large' | 'echo' | 'older' }
  /** It could not go out in time. */
  | { readonly name: 'late'; readonly to: string }
  | { readonly name: 'failed'; readonly sentence: string };

export type SyncParts = {
  readonly device: Pick<Device, 'identity' | 'peers' | 'send' | 'link' | 'outbox' | 'sendFile' | 'transfers'>;
  readonly clipboard: Clipboard;
  /** Asked at each clip, so that a user's change counts at once; default: with every peer. */
  readonly sharing?: (() => Promise<ClipSharing>) | undefined;
  readonly emit?: ((event: ClipEvent) => void) | undefined;
  /** Unix ms; default Date.now. */
  readonly now?: (() => number) | undefined;
};

type ToSet = { readonly peer: Peer; readonly content: ClipContent; readonly arrived: Arrived };

/** Keeps this machine's clipboard and those of its peers the same: copying on one pastes on the others. */
export class ClipboardSync {
  /** Clips that come as transfers. */
  readonly large: TakeLarge;
  private order: ClipOrder = noClips;
  private readonly budget: ClipBudget;
  private readonly outlets = new Map<string, ClipOutlet>();
  private readonly looks = new NewestOnly<void>(() => this.inTurn(() => this.look()));
  private readonly sets = new NewestOnly<ToSet>((toSet) => this.inTurn(() => this.set(toSet)));
  private lastTurn: Promise<void> = Promise.resolve();
  private readonly stops: (() => void)[] = [];

  constructor(private readonly parts: SyncParts) {
    this.budget = new ClipBudget(() => this.now());
    this.large = new TakeLarge({
      device: parts.device,
      sharing: () => this.sharing(),
      isWanted: (copied) => isNewest(this.order, copied),
      arrived: (peer, content, clip) => this.arrived(peer, content, clip),
    });
  }

  /** What is in the clipboard now is taken as seen: only what is copied from now on goes out. Never rejects. */
  async start(): Promise<void> {
    const { clipboard, device } = this.parts;
    await this.inTurn(() => this.learn());
    const failed = (error: Error): void => this.failed(error);
    const watch: Watch = clipboard.watch(() => this.looks.put(), failed);
    const connected = device.link.on('state', ({ is }) => {
      if (is === 'connected') for (const outlet of this.outlets.values()) outlet.connected();
    });
    this.stops.push(() => watch.stop(), connected);
  }

  /** Of the device's messages, those that are clips. Never rejects: a clip that can't be set is told, and not repeated. */
  async message({ content, peer }: DeviceMessage): Promise<'taken' | 'passed on'> {
    const isClip = ('text' in content || 'image' in content) && (content.clip !== undefined || peer.kind === 'legacy');
    if (!isClip) return 'passed on';
    const { mode, takesPart } = await this.sharing();
    if (mode === 'off' || !takesPart(peer)) return 'taken';
    const clip = contentOf(content);
    if (clip === undefined) this.emit({ name: 'skipped', why: 'too-large' });
    else this.arrived(peer, clip, content.clip);
    return 'taken';
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) stop();
    const outlets = [...this.outlets.values()].map((outlet) => outlet.stop());
    await Promise.all([this.looks.stop(), this.sets.stop(), ...outlets]);
  }

  private async sharing(): Promise<ClipSharing> {
    try {
      return (await this.parts.sharing?.()) ?? withEverybody;
    } catch (error) {
      this.failed(error as Error);
      return withNobody;
    }
  }

  private async learn(): Promise<void> {
    const held = await this.parts.clipboard.read();
    if (held.is === 'nothing') return;
    const at = this.order.newest?.at ?? 0;
    this.order = { ...noClips, newest: { is: held.is, mark: markOf(held), at, from: this.ownId } };
  }

  private async look(): Promise<void> {
    const { mode, takesPart } = await this.sharing();
    // What is copied meanwhile goes nowhere, also not when it is on again.
    if (mode === 'off') return this.learn();
    const held = await this.parts.clipboard.read();
    if (held.is === 'nothing') {
      if (held.why === 'concealed' || held.why === 'too-large') this.emit({ name: 'skipped', why: held.why });
      return;
    }
    const content = { is: held.is, mark: markOf(held) };
    const decided = localCopy(this.order, content, { now: this.now(), ownId: this.ownId });
    this.order = decided.order;
    if (decided.do !== 'send') return this.ignored(decided.do);
    const { at, from } = decided.order.newest!;
    const peers = this.parts.device.peers.list().filter((peer) => takesPart(peer));
    const clip = { content: held, copied: { at, from }, sinceMs: this.now() };
    for (const peer of peers) this.outletTo(peer).put(clip);
    this.forgetOutlets(peers);
    this.emit({ name: 'sent', is: held.is, peers: peers.length });
  }

  /**
   * Decided as it arrives, so that the newest of several is set, whatever their order. The Windows app does not say when something
   * was copied.
   */
  private arrived(peer: Peer, content: ClipContent, clip: Clip | undefined): void {
    const now = this.now();
    const at = Math.max(now, (this.order.newest?.at ?? 0) + 1);
    const arrived = { at, from: peer.id, ...clip, is: content.is, mark: markOf(content) };
    const decided = remoteCopy(this.order, arrived, { now, images: this.parts.clipboard.images });
    this.order = decided.order;
    if (decided.do === 'write') this.sets.put({ peer, content, arrived: decided.order.newest! });
    else this.ignored(decided.do);
  }

  private async set({ peer, content, arrived }: ToSet): Promise<void> {
    const { newest } = this.order;
    // Something was copied here since it came.
    if (newest?.mark !== arrived.mark) return this.ignored('ignore: older');
    try {
      await this.parts.clipboard.write(content);
    } catch (error) {
      this.order = { ...this.order, before: undefined };
      throw error;
    }
    this.emit({ name: 'set', is: content.is, from: peer });
  }

  private outletTo(peer: Peer): ClipOutlet {
    const { device } = this.parts;
    const outlet =
      this.outlets.get(peer.id) ??
      new ClipOutlet({
        peerId: peer.id,
        kind: peer.kind === 'legacy' ? 'legacy' : 'sealed',
        device,
        budget: this.budget,
        now: () => this.now(),
        failed: (error) => this.failed(error),
        late: () => this.emit({ name: 'late', to: peer.id }),
        begun: (clip, seconds) => this.emit(begunEvent(clip, peer.id, seconds)),
      });
    this.outlets.set(peer.id, outlet);
    return outlet;
  }

  /** Of who is no peer any more, or takes no part: what is under way to them ends. */
  private forgetOutlets(peers: readonly Peer[]): void {
    for (const [id, outlet] of this.outlets) {
      if (peers.some((peer) => peer.id === id)) continue;
      this.outlets.delete(id);
      void outlet.stop(); // never rejects
    }
  }

  private ignored(why: 'ignore: echo' | 'ignore: older'): void {
    this.emit({ name: 'skipped', why: why === 'ignore: echo' ? 'echo' : 'older' });
  }

  /** Looking and setting take turns, so that each knows what the other has done. */
  private inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.lastTurn.then(act).catch((error: Error) => this.failed(error));
    this.lastTurn = turn;
    return turn;
  }

  private failed({ message }: Error): void {
    this.emit({ name: 'failed', sentence: message });
  }

  private emit(event: ClipEvent): void {
    this.parts.emit?.(event);
  }

  private now(): number {
    return (this.parts.now ?? Date.now)();
  }

  private get ownId(): string {
    return this.parts.device.identity.id;
  }
}

function begunEvent({ content }: OutgoingClip, to: string, seconds: number): ClipEvent {
  return { name: 'begun', is: content.is, bytes: bytesOf(content).length, to, seconds };
}

const mostCharacters = mostClipBytes;

function contentOf(content: DeviceMessage['content']): ClipContent | undefined {
  if ('text' in content) return content.text.length > mostCharacters ? undefined : { is: 'text', text: content.text };
  if ('image' in content && content.image.length <= mostClipBytes) return { is: 'image', png: content.image };
  return undefined;
}
