import type { Refusal } from './open-step';

/** What a device is told of its sessions besides messages; `sentence` is for people, and names the peer by its id's first digits. */
export type SessionEvent =
  | { readonly name: 'rotated'; readonly peerId: string; readonly keyId: bigint }
  /** Messages of this peer never came: the relay dropped them, or they expired there. */
  | { readonly name: 'missing'; readonly peerId: string; readonly count: number; readonly sentence: string }
  /** A message that was not read; it is acked, since it would never become readable. */
  | {
      readonly name: 'refused';
      readonly peerId: string;
      readonly messageId: string;
      /**
       * `tampered`: a key in a package of the peer's that nothing can be agreed with; the package has the message id of all zeros.
       * `handler-failed`: it was read, and its handler failed each time.
       */
      readonly why: Refusal['why'] | 'tampered' | 'handler-failed';
      readonly sentence: string;
    }
  /** So many messages waited for the relay under keys that are gone since the two were paired again; each was rejected. */
  | { readonly name: 'unsent'; readonly peerId: string; readonly count: number; readonly sentence: string }
  /** The peer did not read what this device sent: its store is older than its messages (a backup, a copied disk). */
  | { readonly name: 'restored'; readonly peerId: string; readonly messageId: string; readonly sentence: string }
  /** One of the two lacks the other's newest keys, for good: only pairing again helps. */
  | { readonly name: 'outOfStep'; readonly peerId: string; readonly sentence: string };

export function unsentSentence(peerId: string, count: number): string {
  const messages = count === 1 ? 'One message' : `${count} messages`;
  return `${messages} to ${shortId(peerId)} waited to be sent when the two were paired again, and can’t be read there any more: send what still matters again.`;
}

export function missingSentence(peerId: string, count: number): string {
  const messages = count === 1 ? 'One message' : `${count} messages`;
  return `${messages} from ${shortId(peerId)} never came: they expired at the relay, or it dropped them. Ask for them again.`;
}

export function refusedSentence(peerId: string, refusal: Refusal): string {
  const from = `A message from ${shortId(peerId)}`;
  switch (refusal.why) {
    case 'malformed':
      return `${from} has a form that this version does not know: update both devices.`;
    case 'altered':
      return `${from} was altered on its way, sealed for another device, or sent before the two were last paired: it was not read. If this happens again, do not trust this relay.`;
    case 'unknown-key':
      // Without the key's number: a relay can make up any, and a sentence for each would push out what else went wrong.
      return `${from} is sealed under a key that this device does not have: if its data came from a backup, pair the two again.`;
    case 'out-of-order':
      return `${from} bears a number that was used before: the relay replayed it, or that device's data was copied or came from a backup. It was not read; if it was new, ask for it again.`;
    default:
      return refusal satisfies never;
  }
}

export function gaveUpSentence(peerId: string, tries: number, error: unknown): string {
  const why = error instanceof Error ? error.message : 'no reason was given';
  return `A message from ${shortId(peerId)} could not be handled in ${tries} tries, at last because of “${why}”. It is not tried again: mend that, and have it sent again.`;
}

export function tamperedSentence(peerId: string): string {
  return `The new key that ${shortId(peerId)} offers is of no use, which happens only on purpose: the keys stay as they are. If you do not know why, forget that device.`;
}

export const restoredSentence =
  'does not read what this device sends: this device’s data is older than its last messages. Was it restored from a backup, or do two devices run from one copied disk? Send again what you sent last; if it is a copied disk, give one of the two a new identity.';

/** As logs have it. */
export function shortId(id: string): string {
  return id.slice(0, 8).toUpperCase();
}
