import { type RunningRedis, startRedis } from '@openrelay/launch';
import { Redis } from 'ioredis';

type RigLink = {
  connect(timeoutMs: number): Promise<unknown>;
  close(): void;
};

/** A machine that compiles the tests meanwhile may be held up for seconds. */
const connectBoundMs = 30_000;

/** One Redis that refuses keys of foreign slots, a link to it, and a plain connection that looks at what the scripts left. */
export class RedisRig<Link extends RigLink> {
  server!: RunningRedis;
  link!: Link;
  redis!: Redis;
  /** As whom the link is there. */
  linkUrl!: string;

  /** @param admit answers the URL of the link's user, whom it may make; the default user's when absent */
  constructor(
    private readonly linkTo: (url: string) => Link,
    private readonly admit: (url: string) => Promise<string> = async (url) => url,
  ) {}

  async start(): Promise<void> {
    this.server = await startRedis({ clusterMode: true });
    try {
      this.linkUrl = await this.admit(this.server.url);
      this.link = this.linkTo(this.linkUrl);
    } catch (error) {
      await this.server.stop(); // a script that is refused would leave it running, and Jest waiting for it
      throw error;
    }
    this.redis = new Redis(this.server.url);
    await this.link.connect(connectBoundMs);
  }

  async stop(): Promise<void> {
    this.link.close();
    this.redis.disconnect();
    await this.server.stop();
  }
}
