const lockName = 'openrelay-device';

export type Held = {
  /** Resolves when another tab wants the device. */
  readonly wanted: Promise<void>;
  /** To be called when nothing of the device runs any more. */
  readonly release: () => void;
};

/** Two tabs with one device would use the same numbers for different messages: one has it at a time, the others wait. */
export class DeviceRequest {
  /** Resolves when no other tab has the device. */
  readonly held: Promise<Held>;
  private readonly channel = new BroadcastChannel(lockName);

  constructor() {
    this.held = this.wait();
  }

  /** Asks the tab that has it to let go, and those that wait to stand back. */
  ask(): void {
    this.channel.postMessage('wanted');
  }

  private async wait(): Promise<Held> {
    for (;;) {
      const held = await this.waitInLine();
      if (held !== 'stood back') return held;
    }
  }

  private waitInLine(): Promise<Held | 'stood back'> {
    const standBack = new AbortController();
    const heard = new Promise<void>((resolve) =>
      this.channel.addEventListener('message', () => resolve(), { once: true }),
    );
    void heard.then(() => standBack.abort());
    return new Promise((resolve, reject) => {
      const hold = () =>
        new Promise<void>((release) => {
          const letGo = () => {
            this.channel.close();
            release();
          };
          resolve({ wanted: heard, release: letGo });
        });
      navigator.locks.request(lockName, { signal: standBack.signal }, hold).catch((error: unknown) => {
        if (standBack.signal.aborted) resolve('stood back');
        else reject(error);
      });
    });
  }
}
