import type { ReceivedMessage } from '../connection/index';
import type { Outgoing } from '../delivery/index';
import type { Introductions } from '../introductions/index';
import type { Identity, Peer, Peers } from '../peers/index';
import {
  isNotice,
  type OpenedMessage,
  readUnpairedNotice,
  type Sessions,
  writeUnpairedNotice,
} from '../sessions/index';
import type { Transfers } from '../transfers/index';
import type { WindowsApp } from '../windows-app/index';

export type MailParts = {
  readonly identity: Identity;
  readonly peers: Peers;
  readonly sessions: Sessions;
  readonly transfers: Transfers;
  readonly introductions: Introductions;
  readonly windowsApp: WindowsApp;
  readonly outbox: Outgoing;
  readonly now: () => number;
  readonly newMessageId: () => string;
  /** Resolves when no pairing with this device is just being kept. */
  readonly whenKept: (senderId: string) => Promise<void>;
  readonly message: (peer: Peer, opened: OpenedMessage) => Promise<void>;
  /** The peer does not know this device any more. */
  readonly forgotten: (peer: Peer, messageId: string) => void;
};

const noticeAgainMs = 60 * 60 * 1000;
const noticeSeconds = 24 * 60 * 60;
/** In each hour: whoever has many ids must not make this device spend its limits on them. */
const maxStrangers = 60;

/** Opens what arrived and hands it to the layer that it is for. What it resolves for may be acked. */
export class DeviceMail {
  private readonly toldAt = new Map<string, number>();

  constructor(private readonly parts: MailParts) {}

  async receive(message: ReceivedMessage): Promise<void> {
    const { senderId, messageId, data } = message;
    if ((await this.parts.windowsApp.receive(message)) === 'taken') return;
    // A device that was paired a moment ago may be faster than this one's store, and is no stranger.
    await this.parts.whenKept(senderId);
    if (isNotice(data)) return this.notice(senderId, data);
    const arrived = { senderId, messageId, data };
    const received = await this.parts.sessions.receive(arrived, (opened) => this.deliver(senderId, opened));
    if (received === 'stranger') await this.answerStranger(senderId, messageId);
  }

  private async deliver(senderId: string, opened: OpenedMessage): Promise<void> {
    const peer = this.parts.peers.get(senderId);
    if (peer === undefined) return;
    const { kind, keyId } = opened.header;
    // As `Device.readyPeer` has it, and what is said there could not be answered.
    if (peer.kind === 'introduced' && keyId === 1n) return;
    switch (kind) {
      case 'message':
        return this.parts.message(peer, opened);
      case 'transfer':
        return this.parts.transfers.handle(peer.id, opened.head, opened.body);
      case 'introduction':
        return this.parts.introductions.handle(peer, opened.head);
      case 'control':
      case 'notice':
        return;
      default:
        kind satisfies never;
    }
  }

  private async notice(senderId: string, data: Uint8Array): Promise<void> {
    const peer = this.parts.peers.get(senderId);
    if (peer === undefined || peer.kind === 'legacy') return;
    const route = { senderId, recipientId: this.parts.identity.id };
    const messageId = await readUnpairedNotice(data, route, peer.signing);
    // An old notice, true when it was written, must not end what was paired since.
    if (messageId === undefined || !this.parts.sessions.hasPosted(peer.id, messageId)) return;
    if (await this.isAwaited(peer)) return;
    this.parts.forgotten(peer, messageId);
  }

  /** A peer that was introduced may not have heard of it yet. */
  private async isAwaited(peer: Peer): Promise<boolean> {
    return peer.kind === 'introduced' && (await this.parts.sessions.keyId(peer.id)) === 1n;
  }

  private async answerStranger(senderId: string, messageId: string): Promise<void> {
    const now = this.parts.now();
    const last = this.toldAt.get(senderId) ?? Number.NEGATIVE_INFINITY;
    this.forgetOldStrangers(now);
    if (Math.abs(now - last) < noticeAgainMs || this.toldAt.size >= maxStrangers) return;
    this.toldAt.set(senderId, now);
    const route = { senderId: this.parts.identity.id, recipientId: senderId, messageId };
    const data = await writeUnpairedNotice(route, this.parts.identity.signing);
    const notice = { recipientId: senderId, data, messageId: this.parts.newMessageId(), ttlSeconds: noticeSeconds };
    // Who can't be told finds out otherwise.
    this.parts.outbox.send(notice).catch(() => {});
  }

  private forgetOldStrangers(now: number): void {
    for (const [id, at] of this.toldAt) {
      if (Math.abs(now - at) >= noticeAgainMs) this.toldAt.delete(id);
    }
  }
}
