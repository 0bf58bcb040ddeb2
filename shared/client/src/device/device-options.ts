import type { Encoding } from '@openrelay/protocol';
import type { WebSocketConstructor } from '../connection/index';
import type { Handlers } from '../connection/listeners';
import type { RandomBytes } from '../crypto/index';
import type { PairingTimes } from '../pairing/index';
import type { Identity } from '../peers/index';
import type { Store } from '../stores/store';
import type { TransferParts } from '../transfers/index';
import type { DeviceEvents } from './device-events';
import type { DeviceMessageHandler } from './device-messages';

export type DeviceOptions = {
  /** `ws://host:port/relay` or `wss://…` */
  readonly relayUrl: string;
  /** Keys, peers, sessions, what waits to be sent, and what was received: everything that must outlive the process. */
  readonly store: Store;
  /** How this device calls itself, 1 to 64 characters; an identity that the store has keeps its own. */
  readonly name: string;
  /** In place of the store's: a browser's, of keys that nobody can read. */
  readonly identity?: Identity | undefined;
  /** Whom the relay lets send to this device. Default `listed`: peers alone. */
  readonly accept?: 'listed' | 'anyone' | undefined;
  readonly presence?: 'shown' | 'hidden' | undefined;
  /** Where files come from and go to; without it this device takes none, and what it sends ends with the process. */
  readonly files?: Partial<Pick<TransferParts, 'openSink' | 'openSource' | 'openFolder'>> | undefined;
  /** As the method of this name: given here, it sees what arrives first. */
  readonly onMessage?: DeviceMessageHandler | undefined;
  /** Handlers that are there from the first event on; `on` adds others later. */
  readonly handlers?: Handlers<DeviceEvents> | undefined;
  /** Default: MessagePack, or JSON with a relay that only speaks that. */
  readonly encoding?: Encoding | undefined;
  /** Default: the platform's own. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** Unix ms; default Date.now. */
  readonly now?: (() => number) | undefined;
  readonly random?: RandomBytes | undefined;
  /** How long codes and pairings live. */
  readonly pairingTimes?: Partial<PairingTimes> | undefined;
};
