import { WindowsAppError } from './windows-app-error';

/** The time that something may take, and whoever cancels it before. */
export class Deadline {
  /** Aborted by either, with a WindowsAppError as its reason. */
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly timer: ReturnType<typeof setTimeout>;
  private readonly failed: Promise<never>;
  private readonly cancel = (): void => {
    this.controller.abort(new WindowsAppError('cancelled', 'The pairing with the Windows app was cancelled.'));
  };

  constructor(
    ms: number,
    private readonly outer: AbortSignal | undefined,
    late: string,
  ) {
    this.signal = this.controller.signal;
    this.failed = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason as Error));
    });
    this.failed.catch(() => {});
    this.timer = setTimeout(() => this.controller.abort(new WindowsAppError('timeout', late)), ms);
    outer?.addEventListener('abort', this.cancel);
    if (outer?.aborted) this.cancel();
  }

  /** What it resolves with, if it does so in time. */
  race<Value>(promise: Promise<Value>): Promise<Value> {
    return Promise.race([promise, this.failed]);
  }

  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.cancel);
  }
}
