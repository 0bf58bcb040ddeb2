import { randomMessageId } from '../connection/frames/message-id';
import type { Listeners } from '../connection/listeners';
import { defaultTtlSeconds } from '../connection/outgoing';
import { RelayLink } from '../connection/relay-link';
import { randomBytes } from '../crypto/index';
import { Outbox } from '../delivery/outbox';
import { isRefusedForNow } from '../delivery/refusals';
import { Introductions } from '../introductions/index';
import { type PairedSecrets, Pairing, pairingLinkOf, temporaryLinksTo } from '../pairing/index';
import { type Identity, loadIdentity, type Peer, Peers, shownName } from '../peers/index';
import { type OpenedMessage, pairingRoot, type SealedKind, type SessionParts, Sessions } from '../sessions/index';
import { type TransferParts, Transfers } from '../transfers/index';
import { LegacyRecords, WindowsApp, type WindowsAppParts } from '../windows-app/index';
import type { DeviceEvents } from './device-events';
import { rotationFramesOn } from './device-frames';
import { DeviceMail } from './device-mail';
import { type DeviceMessage, messageOf } from './device-messages';
import type { DeviceOptions } from './device-options';
import { filesOf, messageBytesOf, sealedOutboxOn, transferEventsOn, transferPostOn } from './layer-ports';
import { knownPeer, readyPeer } from './ready-peer';
import { Repeats } from './repeats';
import { contactsOf, mostAppBytes } from './windows-app-ports';

/** What the layers of a device stand on. */
export type Ground = {
  readonly identity: Identity;
  readonly peers: Peers;
  readonly link: RelayLink;
  readonly outbox: Outbox;
  readonly legacy: LegacyRecords;
};

/** Reads the store, and connects nothing yet. Rejects when the store can't be read. */
export async function openGround(options: DeviceOptions): Promise<Ground> {
  const { store, relayUrl, name, now, encoding, WebSocket, presence, random = randomBytes } = options;
  const identity = options.identity ?? (await loadIdentity(store, { name, random }));
  const peers = await Peers.open(store);
  const { id: hardwareId, signing: claim } = identity;
  const link = new RelayLink({ url: relayUrl, hardwareId, claim, now, encoding, WebSocket, presence });
  const outbox = await Outbox.open({ link, store, now });
  return { identity, peers, link, outbox, legacy: await LegacyRecords.open(store) };
}

export type LayersOptions = {
  readonly device: DeviceOptions;
  readonly ground: Ground;
  readonly listeners: Listeners<DeviceEvents>;
  readonly handle: (message: DeviceMessage) => Promise<void>;
};

/** The layers above the outbox, each with what it needs of the others. */
export class Layers {
  readonly sessions: Sessions;
  readonly pairing: Pairing;
  readonly transfers: Transfers;
  readonly windowsApp: WindowsApp;
  readonly introductions: Introductions;
  readonly mail: DeviceMail;
  private readonly ground: Ground;
  private readonly options: DeviceOptions;
  private readonly listeners: Listeners<DeviceEvents>;
  private readonly handle: LayersOptions['handle'];
  private readonly now: () => number;
  private readonly relisting: Repeats;
  /** The newest list. */
  private listed: Promise<void> = Promise.resolve();
  private expected: string | undefined;

  constructor({ device, ground, listeners, handle }: LayersOptions) {
    this.options = device;
    this.ground = ground;
    this.listeners = listeners;
    this.handle = handle;
    this.now = device.now ?? Date.now;
    const again = (): void => void this.listAndOffer(); // never rejects
    this.relisting = new Repeats({ again, firstDelayMs: 1_000, now: this.now });
    this.sessions = new Sessions(this.sessionParts());
    this.transfers = new Transfers(this.transferParts());
    this.introductions = new Introductions(this.introductionParts());
    this.pairing = new Pairing(this.pairingParts());
    this.windowsApp = new WindowsApp(this.windowsAppParts(ground.legacy));
    this.mail = new DeviceMail(this.mailParts());
  }

  /** To be called as soon as the device is registered. Never rejects. */
  async connected(): Promise<void> {
    this.sessions.registered();
    await this.listAndOffer();
  }

  /** Never rejects: what one layer can't do now keeps no other from its own. */
  async tick(failed: (error: unknown) => void): Promise<void> {
    for (const layer of [this.sessions, this.transfers, this.introductions]) await layer.tick().catch(failed);
  }

  close(): void {
    this.relisting.stop();
  }

  /** What peers answer to the offers of new keys must get through: the list goes first. */
  private async listAndOffer(): Promise<void> {
    const failed = (error: unknown): void => this.listeners.emit('handlerFailed', error);
    await this.listContacts().catch(failed);
    await this.sessions.connected().catch(failed);
  }

  /**
   * Whom the relay lets send to this device. What it refuses for now is told again by itself: until then it lets nobody through
   * who is new. Rejects all the same.
   */
  listContacts(): Promise<void> {
    this.listed = this.tellContacts();
    return this.listed;
  }

  private async tellContacts(): Promise<void> {
    if (this.ground.link.state.is !== 'connected' || this.ground.link.state.registration.standing !== 'claimed') return;
    const { expected } = this;
    const awaited = { accept: this.options.accept ?? 'listed', awaits: this.windowsApp.awaits, expected };
    try {
      await this.ground.link.setContacts(contactsOf(this.ground.identity.id, this.ground.peers, awaited));
    } catch (error) {
      if (isRefusedForNow(error)) this.relisting.failed();
      throw error;
    }
  }

  /** Both sides begin at once: of the two, the later one's offer finds itself listed at the other. */
  private async rotateIntroduced(peerId: string): Promise<unknown> {
    await this.listed.catch(() => undefined); // begun when the peer was kept, which tells of its failure
    return this.sessions.rotate(peerId);
  }

  async post(
    peerId: string,
    kind: SealedKind,
    message: { head: OpenedMessage['head']; body: Uint8Array; ttlSeconds?: number },
  ) {
    const { id } = await this.readyPeer(peerId);
    return this.sessions.post(id, { ttlSeconds: defaultTtlSeconds, ...message, kind, messageId: randomMessageId() });
  }

  readyPeer(peerId: string): Promise<Peer> {
    return readyPeer(this.ground.peers, this.sessions, peerId);
  }

  private async keepPaired(peer: Peer, secrets: PairedSecrets): Promise<void> {
    const root = await pairingRoot(this.ground.identity.agreement, peer.agreement, secrets);
    await this.keep(peer, root);
    this.listeners.emit('paired', knownPeer(this.ground.peers, peer.id));
    // What can't be offered now is offered again later.
    await this.transfers.offerAgain(peer.id).catch(() => {});
  }

  /** The peer and its first session in one write. */
  private async keep(peer: Peer, root: Uint8Array): Promise<void> {
    const session = { peerId: peer.id, theirs: peer.agreement, root };
    await this.sessions.begin(session, async (changes) => void (await this.ground.peers.add(peer, changes)));
  }

  private sessionParts(): SessionParts {
    return {
      ...this.common(),
      outbox: sealedOutboxOn(this.ground.outbox),
      frames: rotationFramesOn(this.ground.link),
      emit: (event) => this.listeners.emit('session', event),
      newMessageId: randomMessageId,
    };
  }

  private transferParts(): TransferParts {
    return {
      store: this.options.store,
      now: this.now,
      newId: randomMessageId,
      post: transferPostOn(this.ground.link, this.ground.outbox, (peerId, head, body) =>
        this.post(peerId, 'transfer', { head: { ...head }, body }),
      ),
      emit: transferEventsOn(this.listeners),
      ...filesOf(this.options.files),
    };
  }

  private introductionParts(): ConstructorParameters<typeof Introductions>[0] {
    return {
      ...this.common(),
      post: async (peerId, head) => {
        const { accepted } = await this.post(peerId, 'introduction', { head, body: new Uint8Array(0) });
        accepted.catch(() => {});
      },
      keep: (peer, root) => this.keep(peer, root),
      firstRoot: (peerId) => this.sessions.firstRoot(peerId),
      rotate: (peerId) => this.rotateIntroduced(peerId),
      emit: (event) => this.listeners.emit('introduction', event),
    };
  }

  private pairingParts(): ConstructorParameters<typeof Pairing>[0] {
    const { relayUrl: url, WebSocket, pairingTimes: times } = this.options;
    const { link } = this.ground;
    return {
      ...this.common(),
      link: pairingLinkOf(link),
      openTemporary: temporaryLinksTo(() => ({ url, WebSocket, encoding: link.encoding })),
      keep: (peer, secrets) => this.keepPaired(peer, secrets),
      expect: (id) => {
        this.expected = id;
        return this.listContacts();
      },
      times,
    };
  }

  private windowsAppParts(records: LegacyRecords): WindowsAppParts {
    return {
      ...this.common(),
      records,
      outbox: this.ground.outbox,
      messageBytes: () => messageBytesOf(this.ground.link, mostAppBytes),
      awaiting: () => this.listContacts(),
      paired: (peer) => this.listeners.emit('paired', peer),
      message: (peer, messageId, content) => this.handle({ peer, messageId, content }),
      emit: (event) => this.listeners.emit('windowsApp', event),
      newId: randomMessageId,
    };
  }

  /** What every layer needs. */
  private common() {
    const { identity, peers } = this.ground;
    const { store, random = randomBytes } = this.options;
    return { identity, peers, now: this.now, store, random };
  }

  private mailParts(): ConstructorParameters<typeof DeviceMail>[0] {
    const { sessions, transfers, introductions, windowsApp } = this;
    return {
      ...this.common(),
      sessions,
      transfers,
      introductions,
      windowsApp,
      outbox: this.ground.outbox,
      newMessageId: randomMessageId,
      whenKept: (senderId) => this.pairing.whenKept(senderId),
      message: (peer, opened) => this.handle(messageOf(peer, opened)),
      forgotten: (peer, messageId) => {
        const sentence = `${shownName(peer)} no longer knows this device: pair again.`;
        this.listeners.emit('forgotten', { peer, messageId, sentence });
      },
    };
  }
}
