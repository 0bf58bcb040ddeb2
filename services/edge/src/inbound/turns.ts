import { type Connection, turnsOf } from '../connection/connection';

/** Messages of one connection that may be under way to Redis at a time; a larger one counts for each started 4 KiB. */
export const mostUnderWay = 8;
export const bytesOfOne = 4096;
/** Of all connections. */
export const mostWaiting = 8192;
export const mostWaitingBytes = 32 * 1024 * 1024;

type Message = { readonly sender: Connection; readonly frameBytes: number };

function countOf({ frameBytes }: Message): number {
  return Math.max(1, Math.ceil(frameBytes / bytesOfOne));
}

/** One of any size may always leave. */
function mayLeave(message: Message): boolean {
  const { chargesUnderWay } = message.sender;
  return chargesUnderWay === 0 || chargesUnderWay + countOf(message) <= mostUnderWay;
}

/**
 * HOT PATH. Lets each connection have a few messages under way, and keeps the others, in order: who sends many at once waits
 * behind its own, and everybody else behind a few of each.
 */
export class Turns<Item extends Message> {
  private readonly waiting = new Map<Connection, Item[]>();
  private items = 0;
  private bytes = 0;

  /** Whether the message may leave now; `end` is to be called for it then. */
  begin(item: Item): boolean {
    if (!mayLeave(item) || (this.waiting.size > 0 && this.waiting.has(item.sender))) return false;
    turnsOf(item.sender).chargesUnderWay += countOf(item);
    return true;
  }

  /** Answers false, and keeps nothing, when too much waits already. */
  wait(item: Item): boolean {
    if (this.items >= mostWaiting || this.bytes + item.frameBytes > mostWaitingBytes) return false;
    const lane = this.waiting.get(item.sender);
    if (lane) lane.push(item);
    else this.waiting.set(item.sender, [item]);
    this.items += 1;
    this.bytes += item.frameBytes;
    return true;
  }

  /** The message is no longer under way. */
  end(item: Item): void {
    turnsOf(item.sender).chargesUnderWay -= countOf(item);
  }

  /** The first message of the connection that waits, if it may leave now; `end` is to be called for it then. */
  next(sender: Connection): Item | undefined {
    const lane = this.waiting.size === 0 ? undefined : this.waiting.get(sender);
    const first = lane?.[0];
    if (!lane || !first || !mayLeave(first)) return undefined;
    lane.shift();
    if (lane.length === 0) this.waiting.delete(sender);
    this.items -= 1;
    this.bytes -= first.frameBytes;
    turnsOf(sender).chargesUnderWay += countOf(first);
    return first;
  }
}
