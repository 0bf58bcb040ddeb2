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
};

/** How many acknowledged messages are remembered, for a Redis that comes back without the last second. */
const rememberedAcks = 256;

/** Message ids are UUIDs: a device may write one back in another case. */
function keyOf(id: string): string {
  return id.toLowerCase();
}

/** What a connection was handed: finds messages by their id, and drops what it is handed a second time. */
export class Handed {
  private readonly byId = new Map<string, HandedMessage[]>();
  private readonly acked: string[] = [];
  private nextAcked = 0;

  constructor(private readonly maxMessages: number) {}

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  /** All that is not acknowledged, oldest first. */
  *messages(): Iterable<HandedMessage> {
    for (const sameId of this.byId.values()) yield* sameId;
  }

  add(message: HandedMessage, nowMs: number): void {
    if (this.byId.size >= this.maxMessages) this.dropExpired(nowMs);
    const key = keyOf(message.id);
    const sameId = this.byId.get(key);
    if (sameId) sameId.push(message);
    else this.byId.set(key, [message]);
  }

  /** A queue holds no more than a connection may be handed, unless what it was handed has expired there. */
  private dropExpired(nowMs: number): void {
    for (const message of [...this.messages()]) {
      if (message.expiresAtMs <= nowMs) this.remove(message);
    }
  }

  /** Takes the message of this id, the oldest of several senders', and remembers that it was acknowledged. */
  takeById(id: string): HandedMessage | undefined {
    const message = this.byId.get(keyOf(id))?.find((one) => one.ackable);
    if (message) this.take(message);
    return message;
  }

  take(message: HandedMessage): void {
    this.remove(message);
    this.acked[this.nextAcked] = `${message.sender}:${keyOf(message.id)}`;
    this.nextAcked = (this.nextAcked + 1) % rememberedAcks;
  }

  private remove(message: HandedMessage): void {
    const key = keyOf(message.id);
    const sameId = this.byId.get(key);
    if (sameId === undefined || sameId.length <= 1) this.byId.delete(key);
    else sameId.splice(sameId.indexOf(message), 1);
  }

  /** Redis may have lost what came last: the numbers that messages had there mean nothing any more. */
  forgetNumbers(): void {
    for (const message of this.messages()) message.seq = 0;
  }

  /** The message handed over before whose number is unknown since. */
  findUnnumbered(id: string, sender: string): HandedMessage | undefined {
    return this.byId.get(keyOf(id))?.find((one) => one.seq === 0 && one.sender === sender);
  }

  wasAcked(id: string, sender: string): boolean {
    return this.acked.includes(`${sender}:${keyOf(id)}`);
  }
}
