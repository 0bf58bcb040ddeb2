import { ClipboardError, type Watch } from '../clipboard';
import { x11Address, x11Cookie } from './x11-address';
import { X11Watcher } from './x11-watcher';

export type SelectionWatch = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onChange: () => void;
  readonly onFailed: (error: Error) => void;
  /** What is done where the X server can't be asked. */
  readonly poll: () => Watch;
};

const firstDelayMs = 500;
const longestDelayMs = 60_000;

/**
 * Tells of each new content of X11's clipboard. Where the server does not tell, looks again and again, which costs processes; where
 * it is gone, there is nothing to look at. Either way it is called again, ever later.
 */
export function watchSelection({ env, onChange, onFailed, poll }: SelectionWatch): Watch {
  const address = x11Address(env.DISPLAY);
  if (address === undefined) return poll();
  let watcher: X11Watcher | undefined;
  let polling: Watch | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let life: 'running' | 'stopped' = 'running';

  const stopPolling = (): void => {
    polling?.stop();
    polling = undefined;
  };
  const onWatching = (): void => {
    failures = 0;
    stopPolling();
    // What was copied before was not told.
    onChange();
  };
  const onEnd = (how: 'gone' | 'can’t tell'): void => {
    if (life === 'stopped') return;
    if (how === 'can’t tell') polling ??= poll();
    else stopPolling();
    const sentence = `The X server at ${env.DISPLAY} is not there: the clipboard is shared again when it is.`;
    if (how === 'gone' && failures === 0) onFailed(new ClipboardError(sentence));
    timer = setTimeout(start, Math.min(longestDelayMs, firstDelayMs * 2 ** failures));
    failures += 1;
  };
  const start = (): void => {
    x11Cookie(env, address.display).then(
      (cookie) => {
        if (life === 'running') watcher = new X11Watcher(address, cookie, { onChange, onWatching, onEnd });
      },
      () => onEnd('can’t tell'),
    );
  };

  start();
  return {
    stop: () => {
      life = 'stopped';
      clearTimeout(timer);
      watcher?.stop();
      stopPolling();
    },
  };
}
