/** A message that was written to a connection and is not acknowledged yet. */
export type HandedMessage = {
  id: string;
  sender: string;
  /** Its number in the queue; 0 while that is unknown, after Redis may have lost what came last. */
  seq: number;
  bytes: number;
  ackable: boolean;
  expiresAtMs: number;
  /** When it had left for the device's socket; 0 while some of it may still be buffered. */
  writtenAtMs: number;
  /** Another of the same id, from another sender. */
  next: HandedMessage | undefined;
};

/** How many acknowledged messages are remembered, for a Redis that comes back without the last second. */
const rememberedAcks = 64;

/** Message ids are UUIDs: a device may write one back in another case. */
function keyOf(id: string): string {
  return id.toLowerCase();
}

/** What a connection was handed: finds messages by their id, and knows what it is handed a second time. */
export class Handed {
  private readonly byId = new Map<string, HandedMessage>();
  private readonly acked: HandedMessage[] = [];
  private nextAcked = 0;

  constructor(private readonly maxMessages: number) {}

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  /** All that is not acknowledged, oldest first. */
  *messages(): Iterable<HandedMessage> {
    for (const first of this.byId.values()) {
      for (let one: HandedMessage | undefined = first; one; one = one.next) yield one;
    }
  }

  add(message: HandedMessage, nowMs: number): void {
    if (this.byId.size >= this.maxMessages) this.dropExpired(nowMs);
    const key = keyOf(message.id);
    let last = this.byId.get(key);
    if (!last) {
      this.byId.set(key, message);
      return;
    }
    while (last.next) last = last.next;
    last.next = message;
  }

  /** A queue holds no more than a connection may be handed, unless what it was handed has expired there. */
  private dropExpired(nowMs: number): void {
    const handed = Array.from(this.messages()); // removing takes them out of the lists
    for (const message of handed) {
      if (message.expiresAtMs <= nowMs) this.remove(message);
    }
  }

  /** Takes the message of this id, the oldest of several senders', and remembers that it was acknowledged. */
  takeById(id: string): HandedMessage | undefined {
    let message = this.byId.get(keyOf(id));
    while (message && !message.ackable) message = message.next;
    if (message) this.take(message);
    return message;
  }

  take(message: HandedMessage): void {
    this.remove(message);
    this.acked[this.nextAcked] = message;
    this.nextAcked = (this.nextAcked + 1) % rememberedAcks;
  }

  private remove(message: HandedMessage): void {
    const key = keyOf(message.id);
    const first = this.byId.get(key);
    const { next } = message;
    message.next = undefined;
    if (first === message) {
      if (next) this.byId.set(key, next);
      else this.byId.delete(key);
      return;
    }
    let before = first;
    while (before && before.next !== message) before = before.next;
    if (before) before.next = next;
  }

  /** Redis may have lost what came last: the numbers that messages had there mean nothing any more. */
  forgetNumbers(): void {
    for (const message of this.messages()) message.seq = 0;
  }

  /** The message handed over before whose number is unknown since. */
  findUnnumbered(id: string, sender: string): HandedMessage | undefined {
    let message = this.byId.get(keyOf(id));
    while (message && (message.seq !== 0 || message.sender !== sender)) message = message.next;
    return message;
  }

  wasAcked(id: string, sender: string): boolean {
    const key = keyOf(id);
    return this.acked.some((message) => keyOf(message.id) === key && message.sender === sender);
  }
}
