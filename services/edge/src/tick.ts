/**
 * The end of an event-loop turn: after all sockets that had something to say were read, before the process sleeps.
 * What accumulates during a turn (frames out, batches to Redis) leaves together then.
 */
export class Tick {
  private readonly steps: (() => void)[] = [];
  private scheduled = false;

  /** Adds a step that every turn ends with; steps run in the order they were added. */
  eachEnd(step: () => void): void {
    this.steps.push(step);
  }

  /** Makes sure that this turn has an end. */
  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      for (const step of this.steps) step();
    });
  }
}
