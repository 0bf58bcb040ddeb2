import type { From, KeyRotationAck, KeyRotationUpdate, Link, RelayError } from '../connection/index';
import { fromBase64, toBase64 } from '../crypto/index';
import type { RotationFrames, Sessions } from '../sessions/index';
import { Repeats } from './repeats';

/** Rotation over a link. Without a connection a frame is dropped: the session offers again when there is one. */
export function rotationFramesOn(link: Link): RotationFrames {
  const quietly = (send: () => void): void => {
    if (link.state.is === 'connected') send();
  };
  return {
    update: ({ peerId: recipientId, keyId, package: encryptedKeyPackage }) =>
      quietly(() => link.sendKeyRotationUpdate({ recipientId, keyId, encryptedKeyPackage })),
    answer: ({ peerId: recipientId, keyId, outcome, package: sealed }) => {
      const extra = { encrypted_key_package: toBase64(sealed) };
      quietly(() => link.sendKeyRotationAck({ recipientId, keyId, success: outcome === 'rotated', extra }));
    },
  };
}

export type HearingOptions = {
  readonly link: Link;
  readonly sessions: Sessions;
  /** What a frame led to that should not be, such as a store that takes nothing. */
  readonly failed: (error: unknown) => void;
  /** Unix ms. */
  readonly now: () => number;
};

/** @returns what ends it */
export function hearRotations({ link, sessions, failed, now }: HearingOptions): () => void {
  const offerAgain = new Repeats({ again: () => void sessions.connected().catch(failed), firstDelayMs: 500, now });
  const update = ({ senderId: peerId, keyId, encryptedKeyPackage }: From<KeyRotationUpdate>): void => {
    sessions.onUpdate({ peerId, keyId, package: encryptedKeyPackage }).catch(failed);
  };
  const answer = ({ senderId: peerId, keyId, success, payload }: From<KeyRotationAck>): void => {
    const { encrypted_key_package: text } = payload;
    const sealed = (typeof text === 'string' ? fromBase64(text) : undefined) ?? new Uint8Array(0);
    sessions.onAnswer({ peerId, keyId, outcome: success ? 'rotated' : 'refused', package: sealed }).catch(failed);
  };
  const stops = [
    link.on('keyRotationUpdate', update),
    link.on('keyRotationAck', answer),
    link.on('refused', ({ code }) => isOfRotation(code) && offerAgain.failed()),
    () => offerAgain.stop(),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Of frames, only those are refused so which name no message; a peer that was paired a moment ago may not list this device yet. */
function isOfRotation(code: RelayError['code']): boolean {
  return code === 507 || code === 503 || code === 429;
}
