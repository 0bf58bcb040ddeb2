/** One sender's messages to one recipient: writes them, answers for the recipient, and keeps the account. */
import { DeliveryLedger } from '../tally/delivery-ledger';
import type { Device } from '../wire/device';
import { holdsSealed } from '../wire/inbound';
import { ackText, type FlowIdentity, messageFrames, sendText } from '../wire/message-frames';
import { flowPrefix, readSequence } from '../wire/message-id';
import type { Recorder } from './recorder';

export class Flow {
  readonly ledger: DeliveryLedger;
  /** Tells the closed loop how many slots of the window became free. */
  onFreed: (slots: number, by: 'receipt' | 'refusal') => void = () => undefined;
  private readonly prefix: Buffer;
  private readonly sealed: Buffer;
  private readonly sends: (sequences: readonly number[]) => Buffer;
  private readonly acks: (sequences: readonly number[]) => Buffer;
  private unacked: number[] = [];
  private freed = 0;

  constructor(
    run: string,
    flow: number,
    private readonly sender: Device,
    private readonly recipient: Device,
    sealed: string,
    private readonly recorder: Recorder,
  ) {
    const identity: FlowIdentity = { run, flow, senderId: sender.hardwareId, recipientId: recipient.hardwareId };
    this.ledger = new DeliveryLedger(recorder.totals);
    this.prefix = flowPrefix(run, flow);
    this.sealed = Buffer.from(sealed);
    this.sends = messageFrames(sendText(identity, sealed, 0, Math.floor(Date.now() / 1000)), identity);
    this.acks = messageFrames(ackText(identity, 0), identity);
  }

  /** Sends `count` messages that were due at `dueAtMs`, in one write. */
  send(count: number, dueAtMs: number, nowMs: number): void {
    if (!this.sender.isReady() || !this.recipient.isReady() || this.sender.isFull()) {
      this.recorder.totals.notSent += count;
      return;
    }
    const sequences: number[] = [];
    for (let index = 0; index < count; index += 1) {
      sequences.push(this.ledger.send(dueAtMs));
      this.recorder.latency('sendLag', dueAtMs, nowMs);
    }
    this.sender.write(this.sends(sequences));
  }

  /** The sender was told that the message is safe. */
  acked(bytes: Buffer, idOffset: number, nowMs: number): void {
    const sequence = readSequence(bytes, idOffset, this.prefix);
    if (sequence < 0) {
      this.recorder.totals.misrouted += 1;
      return;
    }
    const dueAtMs = this.ledger.ack(sequence);
    if (dueAtMs !== undefined) this.recorder.latency('ack', dueAtMs, nowMs);
  }

  /** The recipient got the message that lies between `start` and `end`. */
  received(bytes: Buffer, start: number, end: number, idOffset: number, nowMs: number): void {
    const sequence = readSequence(bytes, idOffset, this.prefix);
    const receipt = this.ledger.receive(sequence);
    if (receipt === 'stale') {
      this.recorder.totals.misrouted += 1;
      return;
    }
    this.unacked.push(sequence);
    if (receipt === 'repeated') return;
    if (!holdsSealed(bytes, start, end, this.sealed)) this.recorder.totals.corrupted += 1;
    this.recorder.delivered(receipt.dueAtMs, nowMs);
    this.freed += receipt.freed;
  }

  refused(messageId: Buffer): void {
    const slots = this.ledger.refuse(readSequence(messageId, 0, this.prefix));
    if (slots > 0) this.onFreed(slots, 'refusal');
  }

  /** Answers in one write what was received since the last call. */
  answer(): void {
    if (this.unacked.length === 0) return;
    this.recipient.write(this.acks(this.unacked));
    this.unacked = [];
    const { freed } = this;
    this.freed = 0;
    if (freed > 0) this.onFreed(freed, 'receipt');
  }
}
