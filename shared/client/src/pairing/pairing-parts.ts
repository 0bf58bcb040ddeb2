import type { RandomBytes } from '../crypto/index';
import type { Identity, Peer, Peers } from '../peers/index';
import type { PairingCode } from './code/pairing-code';
import type { PairedSecrets } from './exchange/paired-secrets';
import type { OpenTemporaryLink, PairingLink } from './exchange/pairing-link';
import type { AskUser } from './pairing-question';

export type PairingParts = {
  readonly link: PairingLink;
  readonly openTemporary: OpenTemporaryLink;
  readonly identity: Identity;
  readonly peers: Pick<Peers, 'get'>;
  /**
   * Stores the peer and its first session in one step, in place of what is stored of a peer with this id. Called once for each
   * pairing. The secrets are erased when it is done.
   */
  readonly keep: (peer: Peer, secrets: PairedSecrets) => Promise<void>;
  /**
   * Whose frames the relay must let through now; undefined: nobody's but those of peers. Resolves when the relay knows. Without it a
   * device that takes messages of listed contacts alone is reached by few strangers a minute, and a pairing ends half done.
   */
  readonly expect?: ((id: string | undefined) => Promise<void>) | undefined;
  readonly random?: RandomBytes | undefined;
  /** Unix ms. */
  readonly now?: (() => number) | undefined;
  readonly times?: Partial<PairingTimes> | undefined;
};

export type PairingTimes = {
  /** From the code, or the first frame, to the end; default 5 min. */
  readonly lifetimeMs: number;
  /** For the other device's next frame, where no user is asked; default 30 s. */
  readonly answerMs: number;
  /** For the answer to whether a number is taken; default 3 s. */
  readonly probeMs: number;
  /** Before what the relay could not hand over is said again, the first time; the pauses are 7 times as long in all. Default 350 ms. */
  readonly repeatMs: number;
};

export type PairingCallOptions = {
  /** By digits always; with a code only when it would replace the keys of a peer. */
  readonly ask: AskUser;
  /** The relay found nobody there just now: the other device is asked again, up to two seconds. */
  readonly onAbsent?: (() => void) | undefined;
  /** Aborting cancels the pairing. */
  readonly signal?: AbortSignal | undefined;
};

/** A code that waits for the other device. */
export type HostedCode = {
  readonly code: PairingCode;
  /** As `7-crossover-clockwork`. */
  readonly text: string;
  /** Unix ms. */
  readonly expiresAt: number;
  /** Rejects with a PairingError. */
  readonly paired: Promise<Peer>;
};

/** How pairings go on that other devices begin. */
export type PairingAnswers = {
  readonly ask: AskUser;
  readonly paired: (peer: Peer) => void;
  /** A PairingError, or what the store threw. */
  readonly failed: (error: unknown) => void;
};
