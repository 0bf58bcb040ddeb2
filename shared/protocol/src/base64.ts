/** The bytes of a text that is base64 as RFC 4648 has it, with its padding and nothing else; else nothing. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    // `atob` takes more than base64: spaces, and bits or padding that are missing. So the bytes must give the very same text back.
    return base64OfBytes(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

export function base64OfBytes(bytes: Uint8Array): string {
  let binary = '';
  // In slices, since a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
