import type { Tick } from './tick';

/** What a batch is made of and what becomes of it. Handlers must not throw. */
export type BatchWork<Item, Result> = {
  /** One call to Redis for items of one shard; answers one result an item, in order, or just how many it changed. */
  run: (shard: number, items: Item[]) => Promise<Result[] | number>;
  settled?: (item: Item, result: Result) => void;
  /** Redis could not be asked, or the call failed: `mayHaveRun` tells which. */
  failed?: (item: Item, error: unknown) => void;
  /** Bytes that an item adds to a call. */
  bytesOf?: (item: Item) => number;
  /** Its calls leave ahead of all others of a turn. */
  leavesFirst?: true;
  maxItems?: number;
  /** Absent: 8192. */
  maxWaiting?: number;
};

/** Items wait from `head` on. Those before it have left; they are cut off when they are the greater part. */
type Lane<Item> = { waiting: Item[]; head: number; waitingBytes: number; busy: boolean; dirty: boolean };

/** Bounded so that no call holds Redis for more than about 2 ms. */
export const defaultMaxItems = 64;
export const maxCallBytes = 1024 * 1024;
/** Beyond these a lane refuses items: Redis is slower than what comes in, and memory must not be the buffer. */
export const defaultMaxWaiting = 8192;
export const maxWaitingBytes = 32 * 1024 * 1024;

/**
 * HOT PATH. Collects items by shard and makes one call of them at the end of a turn. A shard has one call under way at a
 * time, so items stay in order, and the more there is to do the larger the batches get.
 */
export class Batch<Item, Result = never> {
  private readonly lanes: Lane<Item>[];
  private dirty: number[] = [];

  constructor(
    shards: number,
    private readonly tick: Tick,
    private readonly work: BatchWork<Item, Result>,
  ) {
    this.lanes = Array.from({ length: shards }, () => ({
      waiting: [],
      head: 0,
      waitingBytes: 0,
      busy: false,
      dirty: false,
    }));
    if (work.leavesFirst) tick.eachAskFirst(() => this.startAll());
    else tick.eachAsk(() => this.startAll());
  }

  /** Answers false when the lane is full; the item was not added then. */
  add(shard: number, item: Item): boolean {
    const lane = this.lanes[shard]!;
    const { maxWaiting = defaultMaxWaiting } = this.work;
    if (lane.waiting.length - lane.head >= maxWaiting || lane.waitingBytes >= maxWaitingBytes) return false;
    lane.waiting.push(item);
    lane.waitingBytes += this.work.bytesOf?.(item) ?? 0;
    this.markDirty(shard, lane);
    return true;
  }

  /** Whether anything is waiting or under way. */
  get isIdle(): boolean {
    return this.lanes.every((lane) => !lane.busy && lane.waiting.length === 0);
  }

  private markDirty(shard: number, lane: Lane<Item>): void {
    if (lane.dirty || lane.busy) return;
    lane.dirty = true;
    this.dirty.push(shard);
    this.tick.schedule();
  }

  private startAll(): void {
    if (this.dirty.length === 0) return;
    const shards = this.dirty;
    this.dirty = [];
    for (const shard of shards) {
      const lane = this.lanes[shard]!;
      lane.dirty = false;
      lane.busy = true;
      void this.call(shard, lane, this.dequeue(lane)); // never rejects
    }
  }

  private dequeue(lane: Lane<Item>): Item[] {
    const { bytesOf, maxItems = defaultMaxItems } = this.work;
    const { waiting, head } = lane;
    const last = Math.min(waiting.length, head + maxItems);
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
    shard: number,
    items: Item[],
  ): Promise<{ status: 'answered'; results: Result[] } | { status: 'failed'; error: unknown }> {
    try {
      const answer = await this.work.run(shard, items);
      return { status: 'answered', results: typeof answer === 'number' ? [] : answer };
    } catch (error) {
      return { status: 'failed', error };
    }
  }

  private async call(shard: number, lane: Lane<Item>, items: Item[]): Promise<void> {
    const { settled, failed } = this.work;
    const outcome = await this.tryRun(shard, items);
    for (let i = 0; i < items.length; i += 1) {
      if (outcome.status === 'failed') failed?.(items[i]!, outcome.error);
      else settled?.(items[i]!, outcome.results[i]!);
    }
    lane.busy = false;
    if (lane.waiting.length > 0) this.markDirty(shard, lane);
  }
}
