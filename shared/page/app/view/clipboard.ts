import type { Entry } from '../storage/entry';

/** What is on the clipboard now; the browser may ask its user first. Rejects with a sentence. */
export async function readClipboard(): Promise<{ text: string } | { image: Blob }> {
  const items = await navigator.clipboard.read().catch(() => {
    throw new Error('The browser does not let this page read the clipboard: allow it, or paste with Ctrl+V.');
  });
  for (const item of items) {
    if (item.types.includes('image/png')) return { image: await item.getType('image/png') };
    if (item.types.includes('text/plain')) return { text: await (await item.getType('text/plain')).text() };
  }
  throw new Error('The clipboard has neither text nor an image.');
}

/** Rejects with a sentence. */
export async function copyToClipboard({ what }: Entry): Promise<void> {
  try {
    if (what.kind === 'text') await navigator.clipboard.writeText(what.text);
    if (what.kind === 'image') await navigator.clipboard.write([new ClipboardItem({ 'image/png': asPng(what.bytes) })]);
  } catch {
    throw new Error('The browser did not let this page write the clipboard: click into the page and try again.');
  }
}

/** The clipboard takes no other kind. */
async function asPng(picture: Blob): Promise<Blob> {
  if (picture.type === 'image/png') return picture;
  const bitmap = await createImageBitmap(picture);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
