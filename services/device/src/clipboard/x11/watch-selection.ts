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

/** Tells of each new content of X11's clipboard; by looking again and again where the server does not tell. */
export function watchSelection({ env, onChange, poll }: SelectionWatch): Watch {
  const address = x11Address(env.DISPLAY);
  if (address === undefined) return poll();
  let watch: Watch | undefined;
  let life: 'running' | 'stopped' = 'running';
  const fallBack = (): void => {
    if (life === 'running') watch = poll();
  };
  const start = async (): Promise<void> => {
    const cookie = await x11Cookie(env, address.display);
    if (life === 'running') watch = new X11Watcher(address, cookie, { onChange, onEnd: fallBack });
  };
  start().catch(fallBack);
  return {
    stop: () => {
      life = 'stopped';
      watch?.stop();
    },
  };
}
