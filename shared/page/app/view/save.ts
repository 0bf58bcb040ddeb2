import { create } from './elements';

const keptMs = 60_000;

/** As a download. Never opened here: what came may be a page of its own, and would be one of this origin. */
export function saveAs(name: string, bytes: Blob): void {
  const url = URL.createObjectURL(bytes.slice(0, bytes.size, 'application/octet-stream'));
  const link = create('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), keptMs);
}
