import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Exit, type RunningEdge, type RunningRedis, startEdge } from '@openrelay/launch';
import type { Folders } from './folders';
import type { Plan } from './plan';
import { portsFor } from './ports';
import { checkRedis, startPrivateRedis } from './redis';

/** The processes that `up` started, in the order of their start. */
export class Cluster {
  readonly edges: RunningEdge[] = [];
  private redis: RunningRedis | undefined;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private reportDeath: (sentence: string) => void = () => undefined;
  /** What to tell the user when a process ends without having been told to. */
  readonly died = new Promise<string>((resolve) => {
    this.reportDeath = resolve;
  });

  constructor(
    private readonly plan: Plan,
    private readonly folders: Folders,
    private readonly say: (line: string) => void,
    private readonly edgeEntry: string | undefined,
  ) {}

  get redisUrl(): string {
    return this.redis?.url ?? this.plan.settings.redisUrl;
  }

  /** Ends early, without an error, when it is stopped meanwhile. */
  start(): Promise<void> {
    this.starting ??= this.startAll();
    return this.starting;
  }

  /** Edges first: they put their last words into Redis. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async startAll(): Promise<void> {
    const ports = await portsFor(this.plan);
    await this.startRedis();
    for (const [index, port] of ports.entries()) {
      if (this.stopping !== undefined) return;
      await this.startEdge(index + 1, port);
    }
  }

  private async stopAll(): Promise<void> {
    // What is just being started is known only then; whoever called `start` hears of its failure.
    await this.starting?.catch(() => undefined);
    await Promise.all(this.edges.map((edge) => edge.stop()));
    await this.redis?.stop();
  }

  private async startRedis(): Promise<void> {
    if (this.plan.redis === 'given') return checkRedis(this.plan.settings.redisUrl);
    this.say('Starting Redis …');
    rmSync(this.logOf('redis'), { force: true });
    this.redis = await startPrivateRedis(this.folders);
    this.watch('Redis', 'redis', this.redis);
  }

  private async startEdge(number: number, port: number): Promise<void> {
    const { settings, edgeEnvironment, edgeCount } = this.plan;
    const name = `edge-${number}`;
    this.say(`Starting edge ${number} of ${edgeCount} on port ${port} …`);
    rmSync(this.logOf(name), { force: true });
    const edge = await startEdge({
      redisUrl: this.redisUrl,
      port,
      bindAddress: settings.bindAddress,
      env: edgeEnvironment,
      logFile: this.logOf(name),
      ...(this.edgeEntry === undefined ? {} : { entry: this.edgeEntry }),
      graceMs: (settings.drainLeadSeconds + settings.drainSeconds + 10) * 1000,
    });
    this.edges.push(edge);
    this.watch(`Edge ${number}`, name, edge);
  }

  private watch(title: string, log: string, child: { exited: Promise<Exit>; output(): string }): void {
    void child.exited.then(({ code, signal }) => {
      if (this.stopping !== undefined) return;
      const lastLines = child.output().trimEnd().split('\n').slice(-20).join('\n');
      this.reportDeath(
        `${title} stopped unexpectedly (${signal ?? `code ${code}`}). The end of ${this.logOf(log)}:\n${lastLines}`,
      );
    });
  }

  private logOf(name: string): string {
    return join(this.folders.logs, `${name}.log`);
  }
}
