/** A queue of what arrived, in order; one reader at a time may wait for the next item. */
export class Mailbox<Item> {
  private readonly items: Item[] = [];
  private waiter: ((item: Item) => void) | undefined;

  /** @param what names an item in the error of a wait that took too long. */
  constructor(private readonly what: string) {}

  get size(): number {
    return this.items.length;
  }

  add(item: Item): void {
    const waiter = this.waiter;
    if (waiter === undefined) {
      this.items.push(item);
      return;
    }
    this.waiter = undefined;
    waiter(item);
  }

  next(timeoutMs = 5_000): Promise<Item> {
    const first = this.items.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiter = undefined;
        reject(new Error(`no ${this.what} arrived within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.waiter = (item) => {
        clearTimeout(timer);
        resolve(item);
      };
    });
  }
}
