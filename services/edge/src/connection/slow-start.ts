/** What may be on its way to a device that has shown nothing of itself yet: messages, and bytes of their frames. */
export const firstMessages = 32;
export const firstBytes = 64 * 1024;
/** A device that received so many, or so much, is trusted to read on. */
export const enoughMessages = 1024;
export const enoughBytes = 1024 * 1024;

/**
 * How much a connection may be handed before its device shows that it receives: as much again as it has shown, as TCP does.
 * So who connects, is sent its queue and cuts the connection, again and again, costs the relay little.
 */
export class SlowStart {
  /** All that was handed is received, or the device is trusted. */
  isOver = false;
  /** Something waits that would go beyond it. */
  isHeld = false;
  /** That was so for long: the device does not read, perhaps. */
  isStuck = false;
  private messages = 0;
  private bytes = 0;
  private receivedMessages = 0;
  private receivedBytes = 0;

  /** Whether nothing more may be handed for now. One message may always be under way, of whatever size. */
  get isFull(): boolean {
    if (this.isOver) return false;
    return this.messages >= firstMessages + this.receivedMessages || this.bytes >= firstBytes + this.receivedBytes;
  }

  /** What may be handed now. */
  get room(): { messages: number; bytes: number } {
    if (this.isOver) return { messages: enoughMessages, bytes: enoughBytes };
    const messages = firstMessages + this.receivedMessages - this.messages;
    const bytes = firstBytes + this.receivedBytes - this.bytes;
    return { messages: Math.max(1, messages), bytes: Math.max(1, bytes) };
  }

  /** Bytes of which the device has shown nothing. */
  get unprovenBytes(): number {
    return this.bytes;
  }

  hand(bytes: number): void {
    this.messages += 1;
    this.bytes += bytes;
  }

  /** The device has one message of those that it was handed. */
  receive(bytes: number): void {
    this.messages -= 1;
    this.bytes -= bytes;
    this.receivedMessages += 1;
    this.receivedBytes += bytes;
    this.isOver = this.receivedMessages >= enoughMessages || this.receivedBytes >= enoughBytes;
  }
}
