/** One sender's messages to one recipient: writes them, answers for the recipient, and keeps the account. */
import { DeliveryLedger, type LedgerCounts } from './delivery-ledger';
import type { Device } from './device';
import { holdsSealed } from './inbound';
import { ackText, type FlowIdentity, MessageFrames, sendText } from './message-frames';
import { readFlow, readRun, readSequence } from './message-id';
import type { Recorder } from './recorder';

/** What a pacer hears of its flow. */
export type FlowEvents = { received(slots: number): void; refused(slots: number): void };

const silent: FlowEvents = { received: () => undefined, refused: () => undefined };

export class Flow {
  readonly ledger = new DeliveryLedger();
  events: FlowEvents = silent;
  private readonly run: number;
  private readonly sealed: Buffer;
  private readonly sends: MessageFrames;
  private readonly acks: MessageFrames;
  private unacked: number[] = [];
  private freed = 0;

  constructor(
    run: string,
    private readonly flow: number,
    private readonly sender: Device,
    private readonly recipient: Device,
    sealed: string,
    private readonly recorder: Recorder,
  ) {
    const identity: FlowIdentity = { run, flow, senderId: sender.hardwareId, recipientId: recipient.hardwareId };
    this.run = Number.parseInt(run, 16);
    this.sealed = Buffer.from(sealed);
    this.sends = new MessageFrames(sendText(identity, sealed, 0, Math.floor(Date.now() / 1000)), identity);
    this.acks = new MessageFrames(ackText(identity, 0), identity);
  }

  /** Sends `count` messages that were due at `dueAtMs`, in one write. Returns how many left. */
  send(count: number, dueAtMs: number, nowMs: number): number {
    if (!this.sender.isReady() || !this.recipient.isReady() || this.sender.isFull()) {
      for (let index = 0; index < count; index += 1) this.recorder.count('notSent');
      return 0;
    }
    const sequences: number[] = [];
    for (let index = 0; index < count; index += 1) {
      sequences.push(this.ledger.send(dueAtMs));
      this.recorder.sent(dueAtMs, nowMs);
    }
    this.sender.write(this.sends.encode(sequences));
    return count;
  }

  /** The sender was told that the message is safe. */
  acked(bytes: Buffer, idOffset: number, nowMs: number): void {
    const dueAtMs = this.isOurs(bytes, idOffset) ? this.ledger.ack(readSequence(bytes, idOffset)) : 'foreign';
    if (dueAtMs === 'foreign') this.recorder.count('misrouted');
    else if (dueAtMs !== undefined) this.recorder.acked(dueAtMs, nowMs);
  }

  /** The recipient got the message that lies between `start` and `end`. */
  received(bytes: Buffer, start: number, end: number, idOffset: number, nowMs: number): void {
    const sequence = this.isOurs(bytes, idOffset) ? readSequence(bytes, idOffset) : -1;
    const receipt = this.ledger.receive(sequence);
    if (receipt.outcome === 'stale') {
      this.recorder.count('misrouted');
      return;
    }
    this.unacked.push(sequence);
    if (receipt.outcome === 'repeated') return;
    if (!holdsSealed(bytes, start, end, this.sealed)) this.recorder.count('corrupted');
    this.recorder.received(receipt.dueAtMs, nowMs);
    this.freed += receipt.freed;
  }

  /** @param messageId undefined when the relay does not say which message it refused. */
  refused(code: number, messageId: string | undefined): void {
    this.recorder.error(code);
    if (messageId === undefined) return;
    const bytes = Buffer.from(messageId);
    if (!this.isOurs(bytes, 0)) return;
    const slots = this.ledger.refuse(readSequence(bytes, 0));
    if (slots > 0) this.events.refused(slots);
  }

  /** Answers in one write what was received since the last call. */
  answer(): void {
    if (this.unacked.length === 0) return;
    this.recipient.write(this.acks.encode(this.unacked));
    this.unacked = [];
    const freed = this.freed;
    this.freed = 0;
    if (freed > 0) this.events.received(freed);
  }

  counts(): LedgerCounts {
    return this.ledger.counts();
  }

  private isOurs(bytes: Buffer, idOffset: number): boolean {
    return readRun(bytes, idOffset) === this.run && readFlow(bytes, idOffset) === this.flow;
  }
}
