import type { Watch } from '../clipboard';
import { x11Address, x11Cookie } from './x11-address';
import { X11Watcher } from './x11-watcher';

export type SelectionWatch = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onChange: () => void;
  readonly onFailed: (error: Error) => void;
  /** What is done where the X server can't be asked. */
  readonly poll: () => Watch;
};

const firstAgainMs = 1_000;
const longestAgainMs = 60_000;

/**
 * Tells of each new content of X11's clipboard. While the server does not tell, as when it has just begun anew, looks again and
 * again, which costs processes; so the server is asked once more, ever later.
 */
export function watchSelection({ env, onChange, poll }: SelectionWatch): Watch {
  const address = x11Address(env.DISPLAY);
  if (address === undefined) return poll();
  let watcher: X11Watcher | undefined;
  let polling: Watch | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let againMs = firstAgainMs;
  let life: 'running' | 'stopped' = 'running';

  const onWatching = (): void => {
    againMs = firstAgainMs;
    if (polling === undefined) return;
    polling.stop();
    polling = undefined;
    onChange(); // since the last look
  };
  const fallBack = (): void => {
    if (life === 'stopped') return;
    polling ??= poll();
    timer = setTimeout(() => void start().catch(fallBack), againMs);
    againMs = Math.min(2 * againMs, longestAgainMs);
  };
  const start = async (): Promise<void> => {
    const cookie = await x11Cookie(env, address.display);
    if (life === 'running') watcher = new X11Watcher(address, cookie, { onChange, onWatching, onEnd: fallBack });
  };

  start().catch(fallBack);
  return {
    stop: () => {
      life = 'stopped';
      clearTimeout(timer);
      watcher?.stop();
      polling?.stop();
    },
  };
}
