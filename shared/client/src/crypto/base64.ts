import { base64OfBytes, bytesOfBase64 } from '@openrelay/protocol';

/** As RFC 4648 has it, with its padding. */
export const toBase64: (bytes: Uint8Array) => string = base64OfBytes;

/** Nothing when the text is not exactly what `toBase64` writes. */
export const fromBase64: (text: string) => Uint8Array | undefined = bytesOfBase64;
