import { type Encoding, pointsOf } from '@openrelay/protocol';

/** What so many bytes of `encrypted_data` count as on the wire: base64 text in JSON. */
export function sealedBytes(dataBytes: number, encoding: Encoding): number {
  return encoding === 'json' ? 4 * Math.ceil(dataBytes / 3) : dataBytes;
}

/** Points that sending so many bytes costs. */
export function pointsOfData(dataBytes: number, encoding: Encoding): number {
  return pointsOf(sealedBytes(dataBytes, encoding));
}
