import type { Device, DeviceMessage, Peer } from '@openrelay/client';
import { type Clipboard, type ClipContent, mostClipBytes, type Watch } from '../clipboard';
import { markOf } from './clip-mark';
import { type Arrived, type ClipOrder, localCopy, noClips, remoteCopy } from './clip-order';
import { ClipOutlet } from './clip-outlet';
import { NewestOnly } from './newest-only';

export type ClipEvent =
  | { readonly name: 'sent'; readonly is: ClipContent['is']; readonly peers: number }
  | { readonly name: 'set'; readonly is: ClipContent['is']; readonly from: Peer }
  /** Copied here or there, and not passed on. */
  | { readonly name: 'skipped'; readonly why: 'concealed' | 'too-large' | 'echo' | 'older' }
  | { readonly name: 'failed'; readonly sentence: string };

/** Whether clips leave and are set. */
export type ClipMode = 'on' | 'off';

export type SyncParts = {
  readonly device: Pick<Device, 'identity' | 'peers' | 'send' | 'link'>;
  readonly clipboard: Clipboard;
  /** Whose clips are set here, and who gets those of here; default: every peer. */
  readonly takesPart?: ((peer: Peer) => boolean) | undefined;
  /** Asked at each clip, so that a user's change counts at once; default: on. */
  readonly mode?: (() => Promise<ClipMode>) | undefined;
  readonly emit?: ((event: ClipEvent) => void) | undefined;
  /** Unix ms; default Date.now. */
  readonly now?: (() => number) | undefined;
};

/** Keeps this machine's clipboard and those of its peers the same: copying on one pastes on the others. */
export class ClipboardSync {
  private order: ClipOrder = noClips;
  private readonly outlets = new Map<string, ClipOutlet>();
  private readonly looks = new NewestOnly<void>(() => this.inTurn(() => this.look()));
  private readonly sets = new NewestOnly<DeviceMessage>((message) => this.inTurn(() => this.set(message)));
  private lastTurn: Promise<void> = Promise.resolve();
  private readonly stops: (() => void)[] = [];

  constructor(private readonly parts: SyncParts) {}

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
  message(message: DeviceMessage): 'taken' | 'passed on' {
    const { content, peer } = message;
    const isClip = ('text' in content || 'image' in content) && (content.clip !== undefined || peer.kind === 'legacy');
    if (!isClip) return 'passed on';
    if (this.takesPart(peer)) this.sets.put(message);
    return 'taken';
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) stop();
    await Promise.all([this.looks.stop(), this.sets.stop()]);
  }

  private takesPart(peer: Peer): boolean {
    return this.parts.takesPart?.(peer) ?? true;
  }

  private async mode(): Promise<ClipMode> {
    return (await this.parts.mode?.()) ?? 'on';
  }

  private async learn(): Promise<void> {
    const held = await this.parts.clipboard.read();
    if (held.is === 'nothing') return;
    this.order = { ...noClips, newest: { is: held.is, mark: markOf(held), at: 0, from: this.ownId } };
  }

  private async look(): Promise<void> {
    // What is copied meanwhile goes nowhere, also not when it is on again.
    if ((await this.mode()) === 'off') return this.learn();
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
    const peers = this.parts.device.peers.list().filter((peer) => this.takesPart(peer));
    const clip = { content: held, copied: { at, from }, sinceMs: this.now() };
    for (const { id } of peers) this.outletTo(id).put(clip);
    this.forgetOutlets();
    this.emit({ name: 'sent', is: held.is, peers: peers.length });
  }

  private async set({ peer, content }: DeviceMessage): Promise<void> {
    if ((await this.mode()) === 'off') return;
    const clip = contentOf(content);
    if (clip === undefined) return this.emit({ name: 'skipped', why: 'too-large' });
    const decided = remoteCopy(this.order, this.arrived(peer, content, clip), {
      now: this.now(),
      images: this.parts.clipboard.images,
    });
    if (decided.do !== 'write') {
      this.order = decided.order;
      return this.ignored(decided.do);
    }
    const before = this.order;
    // The clipboard may tell of it before the write is over.
    this.order = decided.order;
    try {
      await this.parts.clipboard.write(clip);
    } catch (error) {
      this.order = before;
      throw error;
    }
    this.emit({ name: 'set', is: clip.is, from: peer });
  }

  /** The Windows app does not say when something was copied. */
  private arrived(peer: Peer, content: DeviceMessage['content'], clip: ClipContent): Arrived {
    const known = 'clip' in content ? (content.clip as { at: number; from: string } | undefined) : undefined;
    const at = Math.max(this.now(), (this.order.newest?.at ?? 0) + 1);
    return { at, from: peer.id, ...known, is: clip.is, mark: markOf(clip) };
  }

  private outletTo(peerId: string): ClipOutlet {
    const { device } = this.parts;
    const failed = (_: string, error: Error): void => this.failed(error);
    const outlet = this.outlets.get(peerId) ?? new ClipOutlet({ peerId, device, now: () => this.now(), failed });
    this.outlets.set(peerId, outlet);
    return outlet;
  }

  private forgetOutlets(): void {
    for (const id of this.outlets.keys()) {
      if (this.parts.device.peers.get(id) === undefined) this.outlets.delete(id);
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

const mostCharacters = mostClipBytes;

function contentOf(content: DeviceMessage['content']): ClipContent | undefined {
  if ('text' in content) return content.text.length > mostCharacters ? undefined : { is: 'text', text: content.text };
  if ('image' in content && content.image.length <= mostClipBytes) return { is: 'image', png: content.image };
  return undefined;
}
