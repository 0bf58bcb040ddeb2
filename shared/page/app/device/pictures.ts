/** What the page shows as a picture. SVG is not among them: it may hold more than a picture. */
const pictures: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export function isPicture(mime: string): boolean {
  return pictures.includes(mime);
}

/** As what a peer called it only when it is a picture: a tab that is led to these bytes must not find a page of this origin there. */
export function receivedImage(bytes: Uint8Array, mime: string): Blob {
  return new Blob([Uint8Array.from(bytes)], { type: isPicture(mime) ? mime : 'application/octet-stream' });
}
