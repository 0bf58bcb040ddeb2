import { createHash } from 'node:crypto';
import type { Held, Watch } from './clipboard';
import { watchByPolling } from './tools/watch-by-polling';

/** Tells changes by reading all of it again and again. */
export function pollContent(read: () => Promise<Held>, onChange: () => void, onFailed: (error: Error) => void): Watch {
  return watchByPolling(async () => markOf(await read()), onChange, onFailed);
}

function markOf(held: Held): string {
  if (held.is === 'nothing') return held.why;
  return createHash('sha256')
    .update(held.is === 'text' ? held.text : held.png)
    .digest('hex');
}
