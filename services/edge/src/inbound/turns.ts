import { type Connection, turnsOf } from '../connection/connection';

/** Messages of one connection that may be under way to Redis at a time. */
export const mostUnderWay = 4;
/** Of all connections. */
const mostWaiting = 8192;
export const mostWaitingBytes = 32 * 1024 * 1024;

type Message = { readonly sender: Connection; readonly frameBytes: number };

/**
 * HOT PATH. Lets each connection have a few messages under way, and keeps the others, in order: who sends many at once waits
 * behind its own, and everybody else behind a few of each.
 */
export class Turns<Item extends Message> {
  private readonly waiting = new Map<Connection, Item[]>();
  private items = 0;
  private bytes = 0;

  /** Counts the message as under way. Answers false, and counts nothing, when enough of its connection are. */
  begin({ sender }: Item): boolean {
    if (sender.chargesUnderWay >= mostUnderWay) return false;
    turnsOf(sender).chargesUnderWay += 1;
    return true;
  }

  /** Answers false, and keeps nothing, when too much waits already. */
  wait(item: Item): boolean {
    if (this.items >= mostWaiting || this.bytes + item.frameBytes > mostWaitingBytes) return false;
    const others = this.waiting.get(item.sender);
    if (others) others.push(item);
    else this.waiting.set(item.sender, [item]);
    this.items += 1;
    this.bytes += item.frameBytes;
    return true;
  }

  /** A message of the connection is no longer under way. Answers the one that is now in its place, if there is one. */
  end(sender: Connection): Item | undefined {
    const waiting = this.waiting.size === 0 ? undefined : this.waiting.get(sender);
    const next = waiting?.shift();
    if (!next) {
      turnsOf(sender).chargesUnderWay -= 1;
      return undefined;
    }
    if (waiting!.length === 0) this.waiting.delete(sender);
    this.items -= 1;
    this.bytes -= next.frameBytes;
    return next;
  }
}
