import { fromBase64, textOf, utf8 } from '../crypto/index';

type Fields = Readonly<Record<string, unknown>>;

export type ClipFormat = 'text/plain' | 'image/png';

/** What a clip says of itself, whole or in parts. */
type ClipFields = {
  readonly format: string;
  /** Which of its keys the app says it used; a label, as it has one key for each pair. */
  readonly keyId: number;
};

/** What the Windows app says inside of a `Send`: JSON that the relay can read. */
export type AppMessage =
  | { readonly is: 'request'; readonly requestId: string; readonly localId: string; readonly name: string }
  | {
      readonly is: 'response';
      readonly requestId: string;
      readonly verdict: 'accepted' | 'declined';
      readonly localId: string;
      readonly name: string;
      /** 32 bytes; nothing when it has none, or no such one. */
      readonly key: Uint8Array | undefined;
    }
  | (ClipFields & { readonly is: 'clip'; readonly localId: string; readonly data: string })
  | (ClipFields & {
      readonly is: 'chunk';
      readonly localId: string;
      readonly chunkId: string;
      /** From 0. */
      readonly index: number;
      readonly count: number;
      readonly data: string;
    })
  /** Rotation and what newer apps may say: to be ignored. */
  | { readonly is: 'other'; readonly type: string };

/** Nothing when these bytes are nothing that the app could have written. A sealed message never is. */
export function readAppMessage(data: Uint8Array): AppMessage | undefined {
  const fields = jsonIn(data);
  if (fields === undefined || typeof fields.type !== 'string') return undefined;
  switch (fields.type) {
    case 'PairingRequest':
      return requestOf(fields);
    case 'PairingResponse':
      return responseOf(fields);
    case 'ClipboardUpdate':
      return clipOf(fields);
    case 'ClipboardChunk':
      return chunkOf(fields);
    default:
      return { is: 'other', type: fields.type };
  }
}

/** ASCII: the app decodes what it reads in pieces of 16 KiB, each by itself. */
export function appMessageBytes(fields: object): Uint8Array {
  const text = JSON.stringify(fields);
  return utf8(text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

const openingBrace = 0x7b;

/** Base64 that another layer of base64 held is unwrapped, too. */
function jsonIn(data: Uint8Array): Fields | undefined {
  const text = textOf(data) ?? '';
  const bytes = data[0] === openingBrace ? data : fromBase64(text);
  if (bytes?.[0] !== openingBrace) return undefined;
  try {
    return objectOf(JSON.parse(textOf(bytes) ?? ''));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function malformed(type: string): AppMessage {
  return { is: 'other', type: `${type} without a field that it needs` };
}

function requestOf({ type, sender_id, sender_name, payload }: Fields): AppMessage {
  const { request_id, device_id, device_name } = objectOf(payload) ?? {};
  const [requestId, localId] = [text(request_id), text(device_id) || text(sender_id)];
  if (requestId === '' || localId === '') return malformed(text(type));
  return { is: 'request', requestId, localId, name: text(device_name) || text(sender_name) };
}

function responseOf({ type, sender_name, payload }: Fields): AppMessage {
  const { request_id, accepted, device_id, device_name, encrypted_shared_key } = objectOf(payload) ?? {};
  const requestId = text(request_id);
  if (requestId === '' || typeof accepted !== 'boolean') return malformed(text(type));
  const bytes = fromBase64(text(encrypted_shared_key));
  return {
    is: 'response',
    requestId,
    verdict: accepted ? 'accepted' : 'declined',
    localId: text(device_id),
    name: text(device_name) || text(sender_name),
    key: bytes?.length === 32 ? bytes : undefined,
  };
}

function clipOf({ type, format, data, key_id, device_id }: Fields): AppMessage {
  if (typeof format !== 'string' || typeof data !== 'string') return malformed(text(type));
  return { is: 'clip', format, data, keyId: count(key_id) ?? 1, localId: text(device_id) };
}

function chunkOf({ type, sender_id, format, key_id, ...chunk }: Fields): AppMessage {
  const [index, total] = [count(chunk.chunk_index), count(chunk.chunk_count)];
  const [chunkId, data] = [text(chunk.chunk_id), text(chunk.chunk_data)];
  if (typeof format !== 'string' || chunkId === '' || index === undefined || total === undefined || index >= total)
    return malformed(text(type));
  const localId = text(sender_id);
  return { is: 'chunk', format, keyId: count(key_id) ?? 1, localId, chunkId, index, count: total, data };
}
