import { fromBase64, type RandomBytes, toBase64 } from '../crypto/index';
import { type Head, readContent, writeContent } from './content';
import { openBytes, readSealedHeader, sealBytes } from './sealed-message';
import { type Epoch, epochOf, type SessionState } from './session-state';

/** A package travels in a frame without a message id. */
export const noMessageId = '00000000-0000-0000-0000-000000000000';

/** What the two devices say to each other under the key that is to be replaced. Keys are 32 bytes of X25519. */
export type PackageContent =
  | { readonly t: 'rotate'; readonly keyId: bigint; readonly ephemeral: Uint8Array }
  | { readonly t: 'rotated'; readonly keyId: bigint; readonly ephemeral: Uint8Array; readonly to: Uint8Array }
  /** The answerer uses another key of this id already. */
  | { readonly t: 'refused'; readonly keyId: bigint; readonly to: Uint8Array };

/** @param epoch the one that is to be replaced */
export async function sealPackage(
  { ownId, peerId }: SessionState,
  epoch: Epoch,
  content: PackageContent,
  random: RandomBytes,
): Promise<Uint8Array> {
  const route = { senderId: ownId, recipientId: peerId, messageId: noMessageId };
  const header = { kind: 'control', keyId: epoch.keyId, counter: 0 } as const;
  const plain = writeContent({ head: headOf(content), body: new Uint8Array(0) });
  return sealBytes(epoch.sendKey, random(12), header, route, plain);
}

export type OpenedPackage =
  | { readonly status: 'opened'; readonly epoch: Epoch; readonly content: PackageContent }
  | { readonly status: 'unknown-key' }
  | { readonly status: 'altered' };

/** @param keyId the new one, as the frame has it */
export async function openPackage(state: SessionState, keyId: bigint, bytes: Uint8Array): Promise<OpenedPackage> {
  const header = readSealedHeader(bytes);
  const isPackage = header?.kind === 'control' && header.counter === 0 && header.keyId + 1n === keyId;
  if (!isPackage) return { status: 'altered' };
  const epoch = epochOf(state, header.keyId);
  if (epoch === undefined) return { status: 'unknown-key' };
  const route = { senderId: state.peerId, recipientId: state.ownId, messageId: noMessageId };
  const plain = await openBytes(epoch.receiveKey, route, bytes);
  const head = plain && readContent(plain)?.head;
  const content = head && contentOf(head);
  return content?.keyId === keyId ? { status: 'opened', epoch, content } : { status: 'altered' };
}

function headOf(content: PackageContent): Head {
  const key_id = `${content.keyId}`;
  switch (content.t) {
    case 'rotate':
      return { t: content.t, key_id, ephemeral: toBase64(content.ephemeral) };
    case 'rotated':
      return { t: content.t, key_id, ephemeral: toBase64(content.ephemeral), to: toBase64(content.to) };
    case 'refused':
      return { t: content.t, key_id, to: toBase64(content.to) };
    default:
      return content satisfies never;
  }
}

function contentOf(head: Head): PackageContent | undefined {
  const keyId = readKeyId(head.key_id);
  const ephemeral = readKey(head.ephemeral);
  const to = readKey(head.to);
  if (keyId === undefined) return undefined;
  switch (head.t) {
    case 'rotate':
      return ephemeral && { t: 'rotate', keyId, ephemeral };
    case 'rotated':
      return ephemeral && to && { t: 'rotated', keyId, ephemeral, to };
    case 'refused':
      return to && { t: 'refused', keyId, to };
    default:
      return undefined;
  }
}

/** A key id as heads have it: text, since JSON's numbers end at 2^53. */
export function readKeyId(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^[1-9]\d{0,19}$/.test(value) ? BigInt(value) : undefined;
}

function readKey(value: unknown): Uint8Array | undefined {
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}
