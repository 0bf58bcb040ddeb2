import type { RunningEdge } from '@openrelay/launch';
import { edgePart, janitorPart, opsPart, redisPart, type World } from './parts';
import { portsFor } from './ports';
import { checkRedis, givenPlace, privatePlace, type RedisPlace } from './redis';
import { type Part, type Running, Supervisor } from './supervisor';

/** Where the cluster can be reached. */
export type Addresses = {
  readonly edges: readonly Pick<RunningEdge, 'url' | 'httpUrl'>[];
  readonly opsUrl: string;
  /** With the user and the password of relayctl. */
  readonly redisUrl: string;
};

/** The order of stopping: edges, the janitor and ops write into Redis until they end, so Redis is stopped last. */
const stops = ['edges', 'others', 'redis'] as const;

/** The processes that `up` started. */
export class Cluster {
  private readonly kept: Record<(typeof stops)[number], Supervisor<Running>[]> = { edges: [], others: [], redis: [] };
  private starting: Promise<Addresses | undefined> | undefined;
  private stopping: Promise<void> | undefined;
  private giveUp: (sentence: string) => void = () => undefined;
  /** What to tell the user when a process ends over and over. */
  readonly gaveUp = new Promise<string>((resolve) => {
    this.giveUp = resolve;
  });

  constructor(
    private readonly world: World,
    private readonly say: (line: string) => void,
  ) {}

  /** Ends early, with nothing, when it is stopped meanwhile. */
  start(): Promise<Addresses | undefined> {
    this.starting ??= this.startAll();
    return this.starting;
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async startAll(): Promise<Addresses | undefined> {
    const { world } = this;
    const { edgeCount } = world.plan;
    const ports = await portsFor(world.plan);
    const redis = await this.startRedis();
    const edges: RunningEdge[] = [];
    for (const [index, port] of ports.edges.entries()) {
      if (this.stopping !== undefined) return undefined;
      this.say(`Starting edge ${index + 1} of ${edgeCount} on port ${port} …`);
      edges.push(await this.keep('edges', edgePart(world, redis, index + 1, port)));
    }
    if (this.stopping !== undefined) return undefined;
    this.say(`Starting the janitor, and ops on port ${ports.ops} …`);
    await this.keep('others', janitorPart(world, redis));
    const { url: opsUrl } = await this.keep('others', opsPart(world, redis, ports.ops));
    return { edges, opsUrl, redisUrl: redis.urlOfOperator };
  }

  private async startRedis(): Promise<RedisPlace> {
    const { redis, settings } = this.world.plan;
    if (redis === 'given') {
      await checkRedis(settings.redisUrl);
      return givenPlace(settings.redisUrl);
    }
    this.say('Starting Redis …');
    return privatePlace(await this.keep('redis', redisPart(this.world)), this.world.folders);
  }

  private async keep<Process extends Running>(when: (typeof stops)[number], part: Part<Process>): Promise<Process> {
    const supervisor = new Supervisor(part, {
      say: this.say,
      gaveUp: this.giveUp,
      clock: this.world.clock,
    });
    this.kept[when].push(supervisor);
    return supervisor.start();
  }

  private async stopAll(): Promise<void> {
    // What is just being started is known only then; whoever called `start` hears of its failure.
    await this.starting?.catch(() => undefined);
    for (const when of stops) await Promise.all(this.kept[when].map((supervisor) => supervisor.stop()));
  }
}
