/**
 * `key_id` is an unsigned 64-bit number, and JSON.parse and JSON.stringify round above 2^53: here it is read from the
 * frame's text, and written into it, digit by digit.
 */
const maxKeyId = 2n ** 64n - 1n;

/** Throws a RangeError for what does not fit 64 bits. */
export function withKeyId(payloadText: string, keyId: bigint): string {
  if (keyId < 0n || keyId > maxKeyId) throw new RangeError(`keyId is an unsigned 64-bit number, not ${keyId}.`);
  return `${payloadText.slice(0, -1)},"key_id":${keyId}}`;
}

/** Several fields may bear the name (unknown fields may nest): the one that was parsed is the one that rounds to it. */
export function readKeyId(frameText: string, rounded: unknown): bigint | undefined {
  for (const match of frameText.matchAll(/"key_id"\s*:\s*(\d{1,20})(?![\d.eE])/g)) {
    if (Number(match[1]) === rounded) return BigInt(match[1]!);
  }
  return undefined;
}
