import { toBase64 } from '../crypto/index';
import type { Identity } from '../peers/index';
import { appMessageBytes, type ClipFormat } from './app-message';

type Own = Pick<Identity, 'id' | 'name'>;

/** The app takes any name; of the platforms that it may be told, this one means no Windows. */
const platform = 'OpenRelay';

/** One id in all fields: so both of the app's branches answer to it, and address it later. */
export function pairingRequest({ id, name }: Own, requestId: string): Uint8Array {
  const payload = { request_id: requestId, device_id: id, device_name: name, platform, hardware_id: id };
  return appMessageBytes({ type: 'PairingRequest', sender_id: id, sender_name: name, hardware_id: id, payload });
}

/** @param key none declines */
export function pairingResponse({ id, name }: Own, requestId: string, key: Uint8Array | undefined): Uint8Array {
  const verdict = key === undefined ? { accepted: false } : { accepted: true, encrypted_shared_key: toBase64(key) };
  const payload = { request_id: requestId, ...verdict, device_id: id, device_name: name, platform, hardware_id: id };
  return appMessageBytes({ type: 'PairingResponse', sender_id: id, sender_name: name, hardware_id: id, payload });
}

export type ClipHead = { readonly format: ClipFormat; readonly keyId: number; readonly timestampSeconds: number };

export function clipboardUpdate({ id, name }: Own, head: ClipHead, data: string): Uint8Array {
  const { format, keyId, timestampSeconds: timestamp } = head;
  const fields = { format, data, is_binary: format === 'image/png', key_id: keyId };
  return appMessageBytes({
    type: 'ClipboardUpdate',
    device_id: id,
    device_name: name,
    hardware_id: id,
    timestamp,
    ...fields,
  });
}

export type ChunkHead = ClipHead & { readonly chunkId: string; readonly count: number };

export function clipboardChunk({ id, name }: Own, head: ChunkHead, index: number, data: string): Uint8Array {
  const { format, keyId, chunkId, count, timestampSeconds: timestamp } = head;
  return appMessageBytes({
    type: 'ClipboardChunk',
    sender_id: id,
    sender_name: name,
    hardware_id: id,
    format,
    is_binary: format === 'image/png',
    key_id: keyId,
    chunk_id: chunkId,
    chunk_index: index,
    chunk_count: count,
    chunk_data: data,
    timestamp,
  });
}
