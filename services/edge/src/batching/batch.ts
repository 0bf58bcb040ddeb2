import type { Tick } from './tick';

/** Which lane a shard lies in: what one call to Redis may touch (`RedisLink.laneOf`). */
export type Lanes = { laneOf: (shard: number) => number };

/** What a batch is made of and what becomes of it. Handlers must not throw. */
export type BatchWork<Item, Result> = {
  /** One call to Redis for items of one lane; answers one result an item, in order, or just how many it changed. */
  run: (lane: number, items: Item[]) => Promise<Result[] | number>;
  settled?: (item: Item, result: Result) => void;
  /** Redis could not be asked, or the call failed: `mayHaveRun` tells whether it may have been done, or a part of it. */
  failed?: (item: Item, error: unknown) => void;
  /** Bytes that an item adds to a call. */
  bytesOf?: (item: Item) => number;
  /** Its calls leave ahead of all others of a turn. */
  leavesFirst?: true;
  maxItems?: number;
  /** Items of all lanes together, so that a crowd of them does not hold up the calls of live traffic; absent: no bound. */
  readonly mostUnderWay?: number;
  /** Absent: 65,536. */
  maxWaiting?: number;
};

/** Items wait from `head` on. Those before it have left; they are cut off when they are the greater part. */
type Lane<Item> = {
  number: number;
  waiting: Item[];
  head: number;
  waitingBytes: number;
  busy: boolean;
  dirty: boolean;
};

/** Bounded so that no call holds Redis for more than about 2 ms. */
export const defaultMaxItems = 128;
export const maxCallBytes = 1024 * 1024;
/** Beyond these a lane refuses items: Redis is slower than what comes in, and memory must not be the buffer. */
export const defaultMaxWaiting = 65_536;
export const maxWaitingBytes = 128 * 1024 * 1024;
/** Items that are under way for longer count no more: a master that is stuck must not hold up the lanes of others. */
export const stuckMs = 100;

/**
 * HOT PATH. Collects items by lane and makes one call of them at the end of a turn. A lane has one call under way at a time, so
 * items stay in order, and the more there is to do the larger the batches get.
 */
export class Batch<Item extends { shard: number }, Result = never> {
  /** By number; no more than there are shards. */
  private readonly lanes = new Map<number, Lane<Item>>();
  private dirty: Lane<Item>[] = [];
  /** Of all lanes, where that is bounded; not those that are stuck. */
  private underWay = 0;

  constructor(
    private readonly link: Lanes,
    private readonly tick: Tick,
    private readonly work: BatchWork<Item, Result>,
  ) {
    if (work.leavesFirst) tick.eachAskFirst(() => this.startAll());
    else tick.eachAsk(() => this.startAll());
  }

  /** Answers false when the lane is full; the item was not added then. */
  add(item: Item): boolean {
    const number = this.link.laneOf(item.shard);
    const lane = this.lanes.get(number) ?? this.open(number);
    const { maxWaiting = defaultMaxWaiting } = this.work;
    if (lane.waiting.length - lane.head >= maxWaiting || lane.waitingBytes >= maxWaitingBytes) return false;
    lane.waiting.push(item);
    lane.waitingBytes += this.work.bytesOf?.(item) ?? 0;
    this.markDirty(lane);
    return true;
  }

  private open(number: number): Lane<Item> {
    const lane = { number, waiting: [], head: 0, waitingBytes: 0, busy: false, dirty: false };
    this.lanes.set(number, lane);
    return lane;
  }

  /** Whether anything is waiting or under way. */
  get isIdle(): boolean {
    for (const { busy, waiting } of this.lanes.values()) if (busy || waiting.length > 0) return false;
    return true;
  }

  private markDirty(lane: Lane<Item>): void {
    if (lane.dirty || lane.busy) return;
    lane.dirty = true;
    this.dirty.push(lane);
    this.tick.schedule();
  }

  private startAll(): void {
    if (this.dirty.length === 0) return;
    const lanes = this.dirty;
    this.dirty = [];
    const { mostUnderWay } = this.work;
    for (const lane of lanes) {
      const room = mostUnderWay === undefined ? Number.POSITIVE_INFINITY : mostUnderWay - this.underWay;
      if (room <= 0) {
        this.dirty.push(lane); // until a call is over
        continue;
      }
      lane.dirty = false;
      lane.busy = true;
      const items = this.dequeue(lane, room);
      void (mostUnderWay === undefined ? this.call(lane, items) : this.callCounted(lane, items)); // never rejects
    }
  }

  private async callCounted(lane: Lane<Item>, items: Item[]): Promise<void> {
    this.underWay += items.length;
    let counted = items.length;
    const over = () => {
      this.underWay -= counted;
      counted = 0;
      if (this.dirty.length > 0) this.tick.schedule();
    };
    const stuck = setTimeout(over, stuckMs);
    await this.call(lane, items);
    clearTimeout(stuck);
    over();
  }

  private dequeue(lane: Lane<Item>, room: number): Item[] {
    const { bytesOf, maxItems = defaultMaxItems } = this.work;
    const { waiting, head } = lane;
    const last = Math.min(waiting.length, head + maxItems, head + room);
    let end = head;
    let bytes = 0;
    while (end < last && bytes < maxCallBytes) {
      bytes += bytesOf?.(waiting[end]!) ?? 0;
      end += 1;
    }
    lane.waitingBytes -= bytes;
    const items = end === waiting.length && head === 0 ? waiting : waiting.slice(head, end);
    if (end === waiting.length) lane.waiting = [];
    else if (2 * end > waiting.length) lane.waiting = waiting.slice(end);
    lane.head = lane.waiting === waiting ? end : 0;
    return items;
  }

  private async tryRun(
    lane: number,
    items: Item[],
  ): Promise<{ status: 'answered'; results: Result[] } | { status: 'failed'; error: unknown }> {
    try {
      const answer = await this.work.run(lane, items);
      return { status: 'answered', results: typeof answer === 'number' ? [] : answer };
    } catch (error) {
      return { status: 'failed', error };
    }
  }

  private async call(lane: Lane<Item>, items: Item[]): Promise<void> {
    const { settled, failed } = this.work;
    const outcome = await this.tryRun(lane.number, items);
    for (let i = 0; i < items.length; i += 1) {
      if (outcome.status === 'failed') failed?.(items[i]!, outcome.error);
      else settled?.(items[i]!, outcome.results[i]!);
    }
    lane.busy = false;
    if (lane.waiting.length > 0) this.markDirty(lane);
  }
}
