import type { Head } from './content';
import { readKeyId } from './rotation-package';

/** What sessions say to each other in sealed messages of kind 4. */
export type Control =
  /** The sender seals under this key from now on, and sealed `sent` messages under the one before it. */
  | { readonly t: 'confirmed'; readonly keyId: bigint; readonly sent: number }
  /** A message of the recipient's bore a counter that was used: `highest` is the last one that counts. */
  | { readonly t: 'stale'; readonly keyId: bigint; readonly messageId: string; readonly highest: number }
  /** The sender lacks a key that the recipient seals under, such as this message. */
  | { readonly t: 'lost-key'; readonly keyId: bigint; readonly messageId: string };

export function controlHead(control: Control): Head {
  const key_id = `${control.keyId}`;
  switch (control.t) {
    case 'confirmed':
      return { t: control.t, key_id, sent: control.sent };
    case 'stale':
      return { t: control.t, key_id, message_id: control.messageId, highest: control.highest };
    case 'lost-key':
      return { t: control.t, key_id, message_id: control.messageId };
    default:
      return control satisfies never;
  }
}

/** Nothing for what this version does not know: a later one may say more. */
export function readControl(head: Head): Control | undefined {
  const keyId = readKeyId(head.key_id);
  if (keyId === undefined) return undefined;
  const { sent = 0, highest, message_id: messageId } = head;
  switch (head.t) {
    case 'confirmed':
      return isCount(sent) ? { t: 'confirmed', keyId, sent } : undefined;
    case 'stale':
      return isCount(highest) && typeof messageId === 'string' ? { t: 'stale', keyId, messageId, highest } : undefined;
    case 'lost-key':
      return typeof messageId === 'string' ? { t: 'lost-key', keyId, messageId } : undefined;
    default:
      return undefined;
  }
}

/** A quarter of what a key may seal: a peer must not use up what is left. */
const maxCount = 2 ** 28;

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= maxCount;
}
