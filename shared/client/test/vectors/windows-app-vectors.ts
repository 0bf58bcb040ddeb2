import { textOf, toBase64, toHex, utf8 } from '../../src/index';
import { sealAppClip } from '../../src/windows-app/app-clip';
import { clipboardChunk, clipboardUpdate, pairingRequest, pairingResponse } from '../../src/windows-app/app-frames';

/** 00, 01, 02 and so on: those of the reference's check value. */
const counted = (length: number) => Uint8Array.from({ length }, (_, at) => at);

const own = { id: 'A1'.repeat(32), name: 'Pixel é' };
const requestId = '00000000-0000-4000-8000-000000000001';
const head = { format: 'text/plain', keyId: 1, timestampSeconds: 1_700_000_000 } as const;

/** What is inside of `encrypted_data`, as text and in base64, as the frame has it. */
const inside = (bytes: Uint8Array) => ({ json: textOf(bytes), encrypted_data: toBase64(bytes) });

export async function windowsAppVectors(): Promise<object> {
  const [key, nonce] = [counted(32), counted(12)];
  const data = await sealAppClip(key, utf8('hello'), () => nonce);
  const clip = { key: toHex(key), nonce: toHex(nonce), text: 'hello', data };
  const chunk = { ...head, chunkId: requestId, count: 2 };
  const half = Math.ceil(data.length / 2);
  return {
    about: 'The Windows app, inside of Send: a legacy pairing, whose key the relay can read, and its clipboards.',
    clip,
    pairing_request: inside(pairingRequest(own, requestId)),
    pairing_response: inside(pairingResponse(own, requestId, key)),
    refusal: inside(pairingResponse(own, requestId, undefined)),
    clipboard_update: inside(clipboardUpdate(own, head, data)),
    clipboard_chunks: [data.slice(0, half), data.slice(half)].map((piece, index) =>
      inside(clipboardChunk(own, chunk, index, piece)),
    ),
  };
}
