/** What the page shows as a picture. SVG is not among them: it may hold more than a picture. */
const pictures: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export function isPicture(mime: string): boolean {
  return pictures.includes(mime);
}
