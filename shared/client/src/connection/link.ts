import type { MessageHandler } from './arrivals';
import type { ConnectionEvents } from './events';
import type { Accepted, ContactChanges, Contacts, OutgoingMessage, PeerFrames } from './frames/messages';
import type { LinkState } from './link-state';
import type { Handler } from './listeners';

export type LinkEvents = ConnectionEvents & {
  state: LinkState;
};

/** What the layers above need of a device's way to the relay. `RelayLink` is one. */
export type Link = PeerFrames & {
  readonly hardwareId: string;
  readonly encoding: 'json' | 'msgpack';
  readonly state: LinkState;
  /** Returns what takes the handler away again. */
  on<Name extends keyof LinkEvents>(name: Name, handler: Handler<LinkEvents[Name]>): () => void;
  /** The one handler of messages: called one at a time, also across connections; acked when what it returns has resolved. */
  onReceive(handler: MessageHandler): void;
  /** On the connection of now, once: rejects with a RelayError `closed` when there is none. `Outbox` repeats. */
  send(message: OutgoingMessage): Promise<Accepted>;
  setContacts(changes: ContactChanges): Promise<Contacts>;
};
