import type { From, KeyRotationAck, KeyRotationUpdate, Link } from '../connection/index';
import { fromBase64, toBase64 } from '../crypto/index';
import type { RotationFrames, Sessions } from '../sessions/index';

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

/** @param failed what a frame led to that should not be, such as a store that takes nothing */
export function hearRotations(link: Link, sessions: Sessions, failed: (error: unknown) => void): () => void {
  const update = ({ senderId: peerId, keyId, encryptedKeyPackage }: From<KeyRotationUpdate>): void => {
    sessions.onUpdate({ peerId, keyId, package: encryptedKeyPackage }).catch(failed);
  };
  const answer = ({ senderId: peerId, keyId, success, payload }: From<KeyRotationAck>): void => {
    const { encrypted_key_package: text } = payload;
    const sealed = (typeof text === 'string' ? fromBase64(text) : undefined) ?? new Uint8Array(0);
    sessions.onAnswer({ peerId, keyId, outcome: success ? 'rotated' : 'refused', package: sealed }).catch(failed);
  };
  const stops = [link.on('keyRotationUpdate', update), link.on('keyRotationAck', answer)];
  return () => {
    for (const stop of stops) stop();
  };
}
