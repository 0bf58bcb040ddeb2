import type { Connection } from '../connection/connection';

/** A process that did nothing for this long was held up: stopped, or starved. */
const heldUpMs = 1000;
/** How long a device may take to answer a ping. */
const answerBoundMs = 3000;

/** What a connection wants to do, and what the ping said that it was sent. */
type Waiting = { readonly word: string; readonly acts: (() => void)[] };

/**
 * Whether devices are still there. After the process was held up, what it reads from a socket may be old, and the device gone
 * long since, to another node. So a connection from before is pinged once, and only its answer lets it take a device.
 */
export class Liveness {
  private lookedAtMs: number;
  /** When the process was last found to have been held up. */
  private heldUpAtMs = Number.NEGATIVE_INFINITY;
  /** When connections that were asked have answered; a younger one was there when it was opened. */
  private readonly answeredAtMs = new Map<Connection, number>();
  /** What connections want to do when they have answered. */
  private readonly waiting = new Map<Connection, Waiting>();

  /** @param monotonicMs a clock that only goes forward, also while the process is stopped, in ms */
  constructor(private readonly monotonicMs: () => number) {
    this.lookedAtMs = monotonicMs();
  }

  /** To be called a few times a second, and before anything that is read is trusted. */
  look(): void {
    const nowMs = this.monotonicMs();
    if (nowMs - this.lookedAtMs > heldUpMs) this.heldUpAtMs = nowMs;
    this.lookedAtMs = nowMs;
  }

  /** Does it at once, or when the device has shown that it is there. One that does not is closed, and nothing is done. */
  whenThere(connection: Connection, act: () => void): void {
    this.look();
    const waiting = this.waiting.get(connection);
    if (waiting) waiting.acts.push(act);
    else if (this.isThere(connection)) act();
    else this.ask(connection, [act]);
  }

  /** The device has answered a ping, with what the ping said. */
  ponged(connection: Connection, said: string): void {
    const waiting = this.waiting.get(connection);
    if (!waiting) return;
    this.look();
    if (waiting.word !== this.word) {
      this.ask(connection, waiting.acts); // held up again since
      return;
    }
    if (said !== waiting.word) return; // the answer to another ping
    this.answeredAtMs.set(connection, this.monotonicMs());
    this.waiting.delete(connection);
    for (const act of waiting.acts) act();
  }

  forget(connection: Connection): void {
    this.answeredAtMs.delete(connection);
    this.waiting.delete(connection);
  }

  /** Whether it was opened, or has answered, since the process was last found to have been held up. */
  isThere(connection: Connection): boolean {
    return (this.answeredAtMs.get(connection) ?? connection.openedAtMs) > this.heldUpAtMs;
  }

  /** Said by no ping from before, whose answer might be as old as the rest. */
  private get word(): string {
    return `${this.heldUpAtMs}`;
  }

  /** The device has the whole time to answer, also when it is asked again. */
  private ask(connection: Connection, acts: (() => void)[]): void {
    const waiting = { word: this.word, acts };
    this.waiting.set(connection, waiting);
    connection.socket.ping(waiting.word);
    // What has arrived meanwhile is read first.
    setTimeout(() => setImmediate(() => this.giveUp(connection, waiting)), answerBoundMs).unref();
  }

  private giveUp(connection: Connection, waiting: Waiting): void {
    if (this.waiting.get(connection) !== waiting) return;
    connection.socket.close('tryLater', 'the relay was held up, and a ping was not answered since');
  }
}
