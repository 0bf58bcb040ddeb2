import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { commonConditions } from '../load/plan';
import { figure, median, percentiles } from '../measuring/figure';
import { startCluster } from '../relays/cluster';
import { sortedLatencies } from '../tally/latencies';
import { Device } from '../wire/device';
import { readInbound } from '../wire/inbound';
import { ackText, type FlowIdentity, messageFrames, sealedText, sendText } from '../wire/message-frames';
import { flowPrefix, readSequence } from '../wire/message-id';
import type { Scenario } from './scenario';

const longestMs = 20_000;
const pollMs = 5;
// What a sender writes before it waits for acks.
const sentAtOnce = 200;

/** How long a device that comes back waits for all that was sent to it. */
export const drain: Scenario = {
  summary: '--queued messages for a device that is away: how long until it has them all, from its connect on',
  defaults: { ...commonConditions, queued: 1_000, rounds: 20 },
  run: async (context) => {
    const { queued, rounds, size } = context.conditions;
    const cluster = await startCluster(context);
    const [port = 0] = cluster.ports;
    const drained: number[] = [];
    let missing = 0;
    for (let round = 1; round <= rounds; round += 1) {
      context.stopping.throwIfAborted();
      const identity = identityOf(round);
      // Redis keeps few messages for an id that it never saw.
      await openAndClose(new Counting(identity.recipientId, port, identity, 'Receive'));
      const sender = new Counting(identity.senderId, port, identity, 'Ack');
      await sender.open();
      const frames = messageFrames(sendText(identity, sealedText(size), 0, Math.floor(Date.now() / 1000)), identity);
      for (let first = 0; first < queued; first += sentAtOnce) {
        const count = Math.min(sentAtOnce, queued - first);
        sender.write(frames(Array.from({ length: count }, (_, index) => first + index)));
        await sender.counted(first + count);
      }
      sender.close();
      const startedMs = performance.now();
      const recipient = new Counting(identity.recipientId, port, identity, 'Receive');
      await recipient.open();
      const lastMs = await recipient.counted(queued);
      missing += queued - recipient.count;
      drained.push(lastMs - startedMs);
      recipient.close();
    }
    return {
      description: `${queued} messages of ${size} bytes wait for a device that connects; ${rounds} devices, one after another`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('all drained after', 'ms', median(drained)),
        ...percentiles('all drained', sortedLatencies([drained]), [100]),
        figure('drained', 'messages/s', (1000 * queued) / median(drained)),
      ],
      spans: [],
      faults: missing === 0 ? [] : [`${missing} acked messages did not come within ${longestMs / 1000} s`],
    };
  },
};

function identityOf(flow: number): FlowIdentity {
  const [senderId, recipientId] = [1, 2].map(() => randomBytes(32).toString('hex').toUpperCase());
  return { run: randomBytes(4).toString('hex'), flow, senderId: senderId!, recipientId: recipientId! };
}

async function openAndClose(device: Device): Promise<void> {
  await device.open();
  device.close();
  await pause(10 * pollMs);
}

/** Counts different messages, or their acks; acks what it receives, one write for each read. */
class Counting extends Device {
  private readonly seen = new Set<number>();
  private unacked: number[] = [];
  private readonly acks: (sequences: readonly number[]) => Buffer;
  private readonly prefix: Buffer;
  private lastMs = 0;

  constructor(
    hardwareId: string,
    port: number,
    identity: FlowIdentity,
    private readonly counts: 'Receive' | 'Ack',
  ) {
    super(hardwareId, port);
    this.prefix = flowPrefix(identity.run, identity.flow);
    this.acks = messageFrames(ackText(identity, 0), identity);
  }

  get count(): number {
    return this.seen.size;
  }

  /** Resolves with when the last of so many came, or with when it gave up. */
  async counted(messages: number): Promise<number> {
    const deadlineMs = performance.now() + longestMs;
    while (this.count < messages && performance.now() < deadlineMs) await pause(pollMs);
    return this.count < messages ? performance.now() : this.lastMs;
  }

  protected text(bytes: Buffer, start: number, end: number): void {
    const inbound = readInbound(bytes, start, end);
    if (inbound.type !== this.counts) return;
    const sequence = readSequence(bytes, inbound.idOffset, this.prefix);
    if (sequence < 0) return;
    this.seen.add(sequence);
    this.unacked.push(sequence);
    this.lastMs = performance.now();
  }

  protected readEnd(): void {
    if (this.counts === 'Ack' || this.unacked.length === 0) return;
    this.write(this.acks(this.unacked));
    this.unacked = [];
  }

  protected lost(): void {
    // Those who wait give up by themselves.
  }
}
