/** `bytes` of them, fresh each time. */
export type RandomBytes = (bytes: number) => Uint8Array;

/** What `getRandomValues` gives in one call. */
const maxBytes = 65_536;

export function randomBytes(bytes: number): Uint8Array {
  const random = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += maxBytes) globalThis.crypto.getRandomValues(random.subarray(at, at + maxBytes));
  return random;
}
