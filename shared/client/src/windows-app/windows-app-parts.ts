import type { RandomBytes } from '../crypto/index';
import type { Outgoing } from '../delivery/index';
import type { Identity, Peer, Peers } from '../peers/index';
import type { AppContent } from './echo-memory';
import type { LegacyRecords } from './legacy-records';

/** What happened with a Windows app that nobody asked for; all are worth a line for the user. */
export type WindowsAppEvent = {
  readonly name: /** An app wants to pair, and nobody waits for it. */
    | 'asked'
    /** Something that came was not believed. */
    | 'refused'
    /** Its machine has another id now. */
    | 'moved';
  readonly peerId: string;
  readonly sentence: string;
};

export type WindowsAppParts = {
  readonly identity: Pick<Identity, 'id' | 'name'>;
  readonly peers: Peers;
  readonly records: LegacyRecords;
  readonly outbox: Pick<Outgoing, 'send' | 'estimateSeconds'>;
  /** The most bytes that one message may have. */
  readonly messageBytes: () => number;
  /** Whom the relay lets send to this device has changed: `WindowsApp.awaits`. Resolves when the relay knows. */
  readonly awaiting: () => Promise<void>;
  readonly paired: (peer: Peer) => void;
  readonly message: (peer: Peer, messageId: string, content: AppContent) => Promise<void>;
  readonly emit: (event: WindowsAppEvent) => void;
  readonly random: RandomBytes;
  readonly newId: () => string;
  /** Unix ms. */
  readonly now: () => number;
};
