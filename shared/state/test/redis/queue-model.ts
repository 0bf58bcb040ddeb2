/** Where a device's connection is: on the asking node, on one that listens, on one that is dead. */
export type Place = 'here' | 'listening' | 'dead';

export type ModelMessage = {
  from: string;
  sender: 'known' | 'unknown';
  id: string;
  life: 'expired' | 'lasting';
  repeatable: boolean;
  bytes: number;
};

type Queued = { seq: number } & Pick<ModelMessage, 'from' | 'id' | 'life' | 'bytes'>;

export type ModelVerdict =
  | { status: 'local' | 'delivered' | 'queued'; seq: number }
  | { status: 'repeated' }
  | { status: 'stale' | 'full or stale' };

/** What a device's queue and registration should be, in the plainest way to say it. */
export class ModelDevice {
  queue: Queued[] = [];
  seq = 0;
  session: string | undefined;
  place: Place | undefined;
  /** Until it registers. A strange device has all of its room for anybody. */
  private isStrange = true;
  readonly ledger = { accepted: 0, acked: 0, expired: 0 };
  private readonly seen = new Set<string>();

  constructor(private readonly maxMessages: number) {}

  accept(message: ModelMessage): ModelVerdict {
    const { from, id, life, repeatable, bytes } = message;
    const repeatKey = `${from}:${id}`;
    if (repeatable && this.seen.has(repeatKey)) return { status: 'repeated' };
    // Whether a full queue is called stale may be guessed too often, but never too seldom.
    const hasExpired = this.queue.some((message) => message.life === 'expired');
    if (!this.hasRoomFor(message)) return { status: hasExpired ? 'stale' : 'full or stale' };
    if (repeatable) this.seen.add(repeatKey);
    this.seq += 1;
    this.queue.push({ seq: this.seq, from, id, life, bytes });
    this.ledger.accepted += 1;
    return { status: this.statusHere(), seq: this.seq };
  }

  private hasRoomFor({ from, sender }: ModelMessage): boolean {
    const depth = this.queue.length;
    if (depth >= this.maxMessages) return false;
    if (this.isStrange || depth < this.maxMessages / 2) return true;
    return sender === 'known' && this.shareOf(from).messages < this.maxMessages / 4;
  }

  /** What a sender has in the queue. */
  shareOf(sender: string): { messages: number; bytes: number } {
    const own = this.queue.filter(({ from }) => from === sender);
    return { messages: own.length, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  private statusHere(): 'local' | 'delivered' | 'queued' {
    if (this.place === 'here') return 'local';
    return this.place === 'listening' ? 'delivered' : 'queued';
  }

  /** A publish to a dead node is noticed at the end of its batch. */
  endBatch(verdicts: ModelVerdict[]): void {
    if (this.place !== 'dead' || !verdicts.some(({ status }) => status === 'queued')) return;
    this.place = undefined;
    this.session = undefined;
  }

  register(session: string, place: Place): { seq: number; depth: number; replaced: string } {
    const replaced = this.place === place ? this.session! : '';
    this.session = session;
    this.place = place;
    this.isStrange = false;
    return { seq: this.seq, depth: this.queue.length, replaced };
  }

  deregister(session: string, manner: 'closed' | 'offline'): number {
    if (this.session !== session) return 0;
    this.place = undefined;
    if (manner === 'closed') {
      this.session = undefined;
      if (this.queue.length === 0) this.seq = 0;
    }
    return 1;
  }

  pull(session: string, cursor: number): Queued[] | 'gone' {
    if (this.session !== session) return 'gone';
    const expired = this.queue.filter(({ seq, life }) => seq > cursor && life === 'expired');
    this.drop(expired);
    return this.queue.filter(({ seq }) => seq > cursor);
  }

  acknowledge(session: string, seq: number): number {
    const found = this.queue.filter((message) => message.seq === seq);
    if (this.session !== session || found.length === 0) return 0;
    this.queue = this.queue.filter((message) => message.seq !== seq);
    this.ledger.acked += 1;
    return 1;
  }

  expire(): number {
    const expired = this.queue.filter(({ life }) => life === 'expired');
    this.drop(expired);
    if (this.queue.length === 0 && this.session === undefined) this.seq = 0;
    return expired.length;
  }

  check(session: string): 'lost' | 'replaced' | 'holds' {
    if (this.session === undefined || this.place === undefined) return 'lost';
    return this.session === session ? 'holds' : 'replaced';
  }

  private drop(expired: Queued[]): void {
    this.queue = this.queue.filter((message) => !expired.includes(message));
    this.ledger.expired += expired.length;
  }
}
