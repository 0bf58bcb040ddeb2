/** A message may wait for so long, and the others behind it. */
const maxWaitMs = 10_000;

/** The one device that was told that it is trusted, while its keys are on their way into the store. */
export class BeingKept {
  private current: { readonly id: string; readonly ended: Promise<void>; readonly end: () => void } | undefined;

  begin(id: string): void {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.current = { id, ended, end };
  }

  end(): void {
    this.current?.end();
    this.current = undefined;
  }

  /** Never rejects. */
  async wait(id: string): Promise<void> {
    if (this.current?.id !== id.toUpperCase()) return;
    const { ended } = this.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, maxWaitMs);
    });
    await Promise.race([ended, late]);
    clearTimeout(timer);
  }
}
