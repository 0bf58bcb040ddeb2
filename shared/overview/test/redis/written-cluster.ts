import { deviceKeyOf, Sealed } from '@openrelay/protocol';
import {
  agreeOnShards,
  digestOf,
  MessageQueue,
  MetricsWriter,
  NodeDirectory,
  type NodeReport,
  RedisLink,
  shardOf,
} from '@openrelay/state';
import { freshHardwareId, RedisRig } from '@openrelay/testing';

const shards = 4;

/** A link whose clock stands still, unless it is set. */
export function standingLink(url: string): RedisLink {
  const link = new RedisLink({ url, commandTimeoutMs: 5000, monotonicMs: () => 0, replica: 'will do' });
  // As if Redis had told its time at this standing moment: else the link asks for it a second after its start, and follows it.
  link.clock.observe(0, 0);
  return link;
}

/** A Redis that real stores write to, as a cluster's processes do, at a time that tests set. */
export class WrittenCluster extends RedisRig<RedisLink> {
  constructor() {
    super(standingLink);
  }

  setClock(nowMs: number): void {
    this.link.clock.begin(nowMs);
  }

  async serve(): Promise<void> {
    await agreeOnShards(this.link, shards);
  }

  /** Counts as an edge does that flushes at that time. */
  async count(atMs: number, amounts: Readonly<Record<string, number>>): Promise<void> {
    const nowMs = this.link.clock.now();
    this.setClock(atMs);
    const metrics = new MetricsWriter(this.link, freshHardwareId());
    await metrics.add(metrics.nextFlush(), new Map(Object.entries(amounts)));
    this.setClock(nowMs);
  }

  async beat(node: string, report: NodeReport): Promise<void> {
    await new NodeDirectory(this.link).beat(node, report);
  }

  /** Queues messages for a device that is not there, by Redis's real clock. */
  async queue(
    hardwareId: string,
    count: number,
    sealed = new Sealed('json', '{"type":"Receive","payload":{}}'),
  ): Promise<void> {
    const nowMs = this.link.clock.now();
    const recipient = deviceKeyOf(hardwareId);
    const shard = shardOf(recipient, shards);
    const messages = Array.from({ length: count }, (_, index) => {
      const [sender, id] = [deviceKeyOf(freshHardwareId()), `id-${index}`];
      const envelope = { digest: digestOf(recipient, sender, id), sender, id, ackable: true, sealed };
      return { shard, recipient, ttlMs: 3_600_000, senderIsKnown: true, envelope };
    });
    const rules = { maxMessages: 1000, maxBytes: 2 ** 25, minReplicas: 0 };
    await new MessageQueue(this.link, 'writer', rules).accept(this.link.laneOf(shard), messages);
    this.setClock(nowMs);
  }
}
