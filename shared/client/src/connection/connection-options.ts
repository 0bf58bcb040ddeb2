import type { Encoding } from '@openrelay/protocol';
import type { ConnectionEvents } from './events';
import type { ClaimKey } from './frames/messages';
import type { Handlers } from './listeners';
import type { WebSocketConstructor } from './web-socket';

export type ConnectionOptions = {
  /** `ws://host:port/relay` or `wss://…` */
  readonly url: string;
  /** A SHA-256 or MD5 hash in hex digits. */
  readonly hardwareId: string;
  /** Binds the id to this key, or proves that it is bound to it. */
  readonly claim?: ClaimKey | undefined;
  /** 64 bytes: the former key's signature that lets `claim` take its place. */
  readonly succession?: Uint8Array | undefined;
  /** `hidden`: nobody is told whether this device is there. */
  readonly presence?: 'shown' | 'hidden' | undefined;
  /** Handlers that are there from the first frame on; `on` adds others later. */
  readonly handlers?: Handlers<ConnectionEvents> | undefined;
  /** Default true: a message leaves the relay's queue when its handler has resolved, and not because time went by. */
  readonly acks?: boolean | undefined;
  /** Default MessagePack. A relay that does not speak it cannot be reached so. */
  readonly encoding?: Encoding | undefined;
  /** For the registration and for each answer of the relay; default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** Gives up while it connects; of no meaning afterwards. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the platform's own. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** Unix ms; default Date.now. */
  readonly now?: (() => number) | undefined;
  /** A new UUID each time; default from the platform's randomness. */
  readonly newMessageId?: (() => string) | undefined;
};
