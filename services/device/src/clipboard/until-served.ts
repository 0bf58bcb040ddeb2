import { setTimeout as pause } from 'node:timers/promises';
import type { ClipContent, Held } from './clipboard';

const mostTries = 20;
const againMs = 10;
/** To read more takes longer than what it is for. */
const mostBytes = 256 * 1024;

/**
 * The tools end before what they leave behind owns the clipboard, so that of two writes the first may win. Gives up soon: something
 * else may have been copied since.
 */
export async function untilServed(content: ClipContent, read: () => Promise<Held>): Promise<void> {
  if ((content.is === 'text' ? content.text : content.png).length > mostBytes) return;
  for (let tries = 1; tries <= mostTries; tries += 1) {
    if (isSame(await read(), content)) return;
    await pause(againMs * tries);
  }
}

function isSame(held: Held, content: ClipContent): boolean {
  if (held.is === 'text' && content.is === 'text') return held.text === content.text;
  return held.is === 'image' && content.is === 'image' && Buffer.from(held.png).equals(content.png);
}
