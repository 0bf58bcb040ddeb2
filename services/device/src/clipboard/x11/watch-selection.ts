import { ClipboardError, type Watch } from '../clipboard';
import { type X11Address, type X11Cookie, x11Address, x11Cookie } from './x11-address';
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
export function watchSelection(options: SelectionWatch): Watch {
  const address = x11Address(options.env.DISPLAY);
  return address === undefined ? options.poll() : new SelectionWatcher(address, options);
}

class SelectionWatcher implements Watch {
  private watcher: X11Watcher | undefined;
  private polling: Watch | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private life: 'running' | 'stopped' = 'running';

  constructor(
    private readonly address: X11Address,
    private readonly options: SelectionWatch,
  ) {
    this.start();
  }

  stop(): void {
    this.life = 'stopped';
    clearTimeout(this.timer);
    this.watcher?.stop();
    this.stopPolling();
  }

  private start(): void {
    x11Cookie(this.options.env, this.address.display).then(
      (cookie) => this.watch(cookie),
      () => this.onEnd('can’t tell'),
    );
  }

  private watch(cookie: X11Cookie): void {
    if (this.life === 'stopped') return;
    this.watcher = new X11Watcher(this.address, cookie, {
      onChange: this.options.onChange,
      onWatching: () => this.onWatching(),
      onEnd: (how) => this.onEnd(how),
    });
  }

  private onWatching(): void {
    this.failures = 0;
    this.stopPolling();
    // What was copied before was not told.
    this.options.onChange();
  }

  private onEnd(how: 'gone' | 'can’t tell'): void {
    if (this.life === 'stopped') return;
    const { env, onFailed, poll } = this.options;
    if (how === 'can’t tell') this.polling ??= poll();
    else this.stopPolling();
    const sentence = `The X server at ${env.DISPLAY} is not there: the clipboard is shared again when it is.`;
    if (how === 'gone' && this.failures === 0) onFailed(new ClipboardError(sentence));
    this.timer = setTimeout(() => this.start(), Math.min(longestDelayMs, firstDelayMs * 2 ** this.failures));
    this.failures += 1;
  }

  private stopPolling(): void {
    this.polling?.stop();
    this.polling = undefined;
  }
}
