import { readFileSync } from 'node:fs';
import { askRedis } from '@openrelay/launch';
import type { AbuseCluster } from './abuse-cluster';
import { WireDevice } from './wire/wire-device';

const sampleMs = 250;
/** What takes longer does not answer. */
const answerMs = 1000;
/** USER_HZ, the unit of /proc/PID/stat: 100 wherever Node.js runs. */
const ticksPerSecond = 100;

export type Watched = {
  /** What counts against the budget, at its most. */
  readonly redisBytes: number;
  /** Resident memory of the larger edge, at its most; NaN where the system does not tell. */
  readonly edgeBytes: number;
  /** Share of a core, of the busier edge and of Redis, over the span of the attack. */
  readonly edgeCores: number;
  readonly redisCores: number;
  /** How often a page was asked for, and how often it was not answered with 200 within a second. */
  readonly asked: number;
  readonly unanswered: Readonly<Record<string, number>>;
  readonly edgesEnded: number;
  /** Devices that came while the attack went on, with ids of their own, and how many of them were not registered. */
  readonly newcomers: number;
  readonly newcomersRefused: number;
};

/** Looks at the cluster from the side: memory, processor, and whether its pages answer. */
export class Watch {
  private readonly timer: NodeJS.Timeout;
  private redisBytes = 0;
  private asked = 0;
  private readonly unanswered: Record<string, number> = {};
  private edgesEnded = 0;
  private newcomers = 0;
  private newcomersRefused = 0;
  private isAttacked = false;
  private since = { atMs: performance.now(), edges: [] as number[], redis: 0 };
  private cores = { edge: Number.NaN, redis: Number.NaN };

  constructor(private readonly cluster: AbuseCluster) {
    for (const { exited } of cluster.edges) void exited.then(() => (this.edgesEnded += 1));
    this.timer = setInterval(() => void this.sample(), sampleMs);
    this.mark();
  }

  /** The attack begins: what is counted from here on is its doing. */
  begin(): void {
    this.redisBytes = 0;
    this.asked = 0;
    this.isAttacked = true;
    for (const page of Object.keys(this.unanswered)) delete this.unanswered[page];
    this.mark();
  }

  /** The attack is over. */
  end(): void {
    this.isAttacked = false;
    const seconds = (performance.now() - this.since.atMs) / 1000;
    const edges = this.cluster.edges.map(({ pid }, index) => cpuSeconds(pid) - (this.since.edges[index] ?? 0));
    const redis = cpuSeconds(this.cluster.redisPid) - this.since.redis;
    this.cores = { edge: Math.max(...edges) / seconds, redis: redis / seconds };
  }

  result(): Watched {
    const edgeBytes = Math.max(...this.cluster.edges.map(({ pid }) => peakBytes(pid)));
    const { redisBytes, asked, unanswered, edgesEnded, newcomers, newcomersRefused } = this;
    const { edge: edgeCores, redis: redisCores } = this.cores;
    const counted = { asked, unanswered: { ...unanswered }, edgesEnded, newcomers, newcomersRefused };
    return { redisBytes, edgeBytes, edgeCores, redisCores, ...counted };
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private mark(): void {
    const edges = this.cluster.edges.map(({ pid }) => cpuSeconds(pid));
    this.since = { atMs: performance.now(), edges, redis: cpuSeconds(this.cluster.redisPid) };
  }

  private async sample(): Promise<void> {
    const { edges, ops, opsToken } = this.cluster;
    const operator = { Authorization: `Bearer ${opsToken}` };
    await Promise.all([
      this.lookAtRedis(),
      this.isAttacked ? this.come() : undefined,
      ...edges.map(({ httpUrl }) => this.lookAt('edge /health', `${httpUrl}/health`)),
      this.lookAt('ops /health', `${ops.url}/health`),
      this.lookAt('ops page', `${ops.url}/`, operator),
    ]);
  }

  private async lookAtRedis(): Promise<void> {
    const info = await askRedis(this.cluster.redisUrl, ['INFO', 'memory']).catch(() => '');
    const value = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    this.redisBytes = Math.max(this.redisBytes, value('used_memory') - value('mem_not_counted_for_evict'));
  }

  /** As a device that was away does, or a new one. */
  private async come(): Promise<void> {
    const { endpoints } = this.cluster;
    const endpoint = endpoints[this.newcomers % endpoints.length]!;
    this.newcomers += 1;
    const arrived = await WireDevice.arrive(endpoint).catch(() => undefined);
    if (arrived?.answer !== 'registered') this.newcomersRefused += 1;
    arrived?.device.disconnect();
  }

  private async lookAt(page: string, url: string, headers: Record<string, string> = {}): Promise<void> {
    this.asked += 1;
    const answered = await isAnswered(url, headers).catch(() => false);
    if (!answered) this.unanswered[page] = (this.unanswered[page] ?? 0) + 1;
  }
}

async function isAnswered(url: string, headers: Record<string, string>): Promise<boolean> {
  const signal = AbortSignal.timeout(answerMs);
  const response = await fetch(url, { headers: { ...headers, Connection: 'close' }, signal });
  await response.arrayBuffer();
  return response.status === 200;
}

function cpuSeconds(pid: number): number {
  const [, rest = ''] = /^.*\) (.*)$/s.exec(readOrNothing(`/proc/${pid}/stat`)) ?? [];
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function peakBytes(pid: number): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1]);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
