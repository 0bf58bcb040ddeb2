import type { Socket } from 'node:net';
import type { NoticeSieve } from './notice-sieve';

/** What the network does now to all that crosses it. */
export type NetworkState = {
  /** `stalled`: kept until it flows again. `lost`: nothing arrives any more. */
  flow: 'flowing' | 'stalled' | 'lost';
  delayMs: number;
  /** Whether a message that a Redis publishes is lost. */
  loses: (notice: Buffer) => boolean;
};

/** A piece of a stream, or how the stream ended. */
type Piece = Buffer | 'end' | 'reset';

const mostKeptBytes = 64 * 1024 * 1024;

/** One direction of a connection. What came is kept here, so it arrives also when its sender has left meanwhile, as on a network. */
export class NetworkLane {
  private readonly kept: { piece: Piece; dueMs: number }[] = [];
  private keptBytes = 0;
  private isCut = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly network: Readonly<NetworkState>,
    sieve?: NoticeSieve,
  ) {
    from.on('data', (bytes: Buffer) => this.enqueue(sieve?.pass(bytes) ?? bytes));
    from.on('end', () => this.enqueue('end'));
    // `close` follows.
    from.on('error', () => {});
    from.on('close', (hadError) => {
      if (hadError) this.enqueue('reset');
    });
    to.on('drain', () => this.flush());
  }

  /** Passes on what is due. */
  flush(): void {
    clearTimeout(this.timer);
    while (this.network.flow === 'flowing' && this.kept.length > 0 && !this.to.writableNeedDrain) {
      const { piece, dueMs } = this.kept[0]!;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.flush(), waitMs);
        break;
      }
      this.kept.shift();
      this.pass(piece);
    }
    if (this.keptBytes < mostKeptBytes && this.from.isPaused()) this.from.resume();
  }

  /** From now on nothing gets through, and what is kept is lost. */
  cut(): void {
    this.isCut = true;
    clearTimeout(this.timer);
    this.kept.length = 0;
    this.keptBytes = 0;
  }

  private enqueue(piece: Piece): void {
    if (this.isCut || piece.length === 0) return;
    this.kept.push({ piece, dueMs: performance.now() + this.network.delayMs });
    if (typeof piece !== 'string') this.keptBytes += piece.length;
    if (this.keptBytes >= mostKeptBytes) this.from.pause();
    this.flush();
  }

  private pass(piece: Piece): void {
    if (piece === 'end') this.to.end();
    else if (piece === 'reset') this.to.resetAndDestroy();
    else {
      this.keptBytes -= piece.length;
      if (!this.to.destroyed) this.to.write(piece);
    }
  }
}
