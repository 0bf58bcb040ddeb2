import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { RunningService } from '@openrelay/launch';
import { type DeviceKey, deviceKeyOf, Sealed } from '@openrelay/protocol';
import {
  type Acceptance,
  agreeOnShards,
  digestOf,
  type JobRecord,
  JobRecords,
  Ledger,
  MessageQueue,
  MetricsReader,
  MetricsWriter,
  NodeDirectory,
  RedisLink,
  Registry,
} from '@openrelay/state';
import { createLog } from '@openrelay/telemetry';
import { eventually, freshHardwareId, RedisRig } from '@openrelay/testing';
import { JanitorMetrics } from '../../src/jobs/janitor-metrics';
import type { Work } from '../../src/jobs/job';
import { type JobName, jobNames } from '../../src/jobs/schedule';

const monotonicMs = () => performance.now();
const batchSize = 64;
/** What lies in front of node and session in the field `d` of a mailbox. */
const holderBytes = 18;

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** The lock of a killed janitor ends, and a job that nobody runs is overdue, within half a minute. */
export const patience = { timeoutMs: 90_000, intervalMs: 50 };

export function freshDevice(): DeviceKey {
  return deviceKeyOf(freshHardwareId());
}

export function freshNode(): string {
  return randomBytes(6).toString('hex');
}

/** Where its recipient's mailbox lies is said when it is accepted. */
type Message = Omit<Acceptance, 'shard'>;

export function messageTo(recipient: DeviceKey, ttlMs: number): Message {
  const sealed = new Sealed('json', '{"type":"Receive","payload":{}}');
  const [sender, id] = [freshDevice(), randomBytes(8).toString('hex')];
  const envelope = { digest: digestOf(recipient, sender, id), sender, id, ackable: true, sealed };
  return { recipient, ttlMs, senderIsKnown: true, envelope };
}

export function messagesTo(recipient: DeviceKey, count: number, ttlMs: number): Message[] {
  return Array.from({ length: count }, () => messageTo(recipient, ttlMs));
}

/** The names of the events in a janitor's log. */
export function eventsOf(janitor: RunningService): string[] {
  const lines = janitor.output().split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => (JSON.parse(line) as { event: string }).event);
}

/** Each job has succeeded since its record began. */
export async function allSucceeded(link: RedisLink): Promise<void> {
  await eventually(async () => {
    const records = await new JobRecords(link).list();
    const succeeded = records.filter(({ lastSucceededAtMs }) => lastSucceededAtMs !== undefined);
    expect(succeeded.map(({ job }) => job)).toEqual([...jobNames].sort());
  }, patience);
}

/** A deployment without edges: a Redis that refuses keys of foreign slots, and what an edge would write there. */
export class JanitorRig extends RedisRig<RedisLink> {
  readonly node = freshNode();
  readonly logged: Record<string, unknown>[] = [];

  constructor(readonly shards: number) {
    super((url) => new RedisLink({ url, commandTimeoutMs: 3000, monotonicMs }));
  }

  override async start(): Promise<void> {
    await super.start();
    await this.empty();
  }

  /** As it is before the first message. */
  async empty(): Promise<void> {
    this.logged.length = 0;
    await this.redis.flushall();
    await agreeOnShards(this.link, this.shards);
  }

  /** What a job is given; the log goes to `logged`. */
  work(changes: Partial<Work> = {}): Work {
    const destination = { write: (line: string) => void this.logged.push(JSON.parse(line)) };
    return {
      link: this.link,
      log: createLog({ level: 'info', service: 'janitor', node: this.node, destination }),
      metrics: new JanitorMetrics(new MetricsWriter(this.link, this.node)),
      shards: this.shards,
      now: () => this.link.clock.now(),
      aofRewriteSeconds: 3600,
      monotonicMs,
      signal: new AbortController().signal,
      ...changes,
    };
  }

  get queue(): MessageQueue {
    return new MessageQueue(this.link, this.node, { maxMessages: 100_000, maxBytes: 2 ** 30, minReplicas: 0 });
  }

  async accept(shard: number, messages: Message[]): Promise<void> {
    for (let start = 0; start < messages.length; start += batchSize) {
      const batch = messages.slice(start, start + batchSize).map((message) => ({ ...message, shard }));
      await this.queue.accept(this.link.laneOf(shard), batch);
    }
  }

  async register(shard: number, device: DeviceKey, node = this.node): Promise<string> {
    const session = `${node}.${randomBytes(4).toString('hex')}`;
    const registry = new Registry(this.link, node, {
      claims: 'optional',
      registrationsPerMinute: 0,
      pressure: () => 0,
    });
    await registry.register(this.link.laneOf(shard), [{ shard, device, session, sinceMs: 0 }]);
    return session;
  }

  /** Makes a node known as an edge is that lives. */
  async beat(node: string): Promise<void> {
    await new NodeDirectory(this.link).beat(node, {
      startedAtMs: 0,
      connections: 0,
      draining: 'no',
      rssBytes: 0,
      cpuPercent: 0,
      eventLoopDelayMs: 0,
      redisRoundTripMs: 0,
      messagesPerSecond: 0,
      port: 0,
      storePressure: 0,
      storeBudgetBytes: 0,
    });
  }

  /** As the heartbeat's lifetime would. */
  async endHeartbeat(node: string): Promise<void> {
    await this.redis.del(`or:{nodes}:${node}`);
  }

  async keysOf(shard: number): Promise<string[]> {
    const passing = /:(visitors|registrations:.*|ids:.*)$/; // which ids were there lately: bounded, and no janitor's business
    return (await this.redis.keys(`or:{${shard}}:*`)).filter((key) => !passing.test(key)).sort();
  }

  /** What a mailbox says of who holds it, and its messages by number. */
  async mailbox(shard: number, device: DeviceKey): Promise<{ node: string; session: string; messages: Buffer[] }> {
    const key = `or:{${shard}}:box:${device}`;
    const held = (await this.redis.hgetBuffer(key, 'd')) ?? Buffer.alloc(holderBytes + 2);
    const [node = '', session = ''] = held.subarray(holderBytes).toString('latin1').split('\0');
    const names = ((await this.redis.callBuffer('HKEYS', key)) as Buffer[]).map((name) => name.toString('latin1'));
    const seqs = names.filter((name) => /^\d{1,15}$/.test(name)).sort((a, b) => Number(a) - Number(b));
    const messages = await Promise.all(seqs.map((seq) => this.redis.hgetBuffer(key, seq)));
    return { node, session, messages: messages.flatMap((message) => message ?? []) };
  }

  async ledger(shard: number): Promise<Record<string, number>> {
    const counts = await this.redis.hgetall(`or:{${shard}}:ledger`);
    return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)]));
  }

  async audits(): Promise<string[]> {
    const ledger = new Ledger(this.link);
    const shards = Array.from({ length: this.shards }, (_, shard) => shard);
    return Promise.all(shards.map(async (shard) => (await ledger.audit(shard)).status));
  }

  records(): Promise<JobRecord[]> {
    return new JobRecords(this.link).list();
  }

  async recordOf(job: JobName): Promise<JobRecord | undefined> {
    return (await this.records()).find((record) => record.job === job);
  }

  async counted(field: string): Promise<number> {
    return (await new MetricsReader(this.link).totals()).get(field) ?? 0;
  }
}

/** A rig for the tests of a file, started before them and stopped after. */
export function useJanitorRig(shards = 4): JanitorRig {
  const rig = new JanitorRig(shards);
  beforeAll(() => rig.start());
  afterAll(() => rig.stop());
  return rig;
}
