import type { Redis } from 'ioredis';

/**
 * Sends `WAIT` on one connection, which serves nothing else meanwhile. So there is one at a time, and all who come while it is
 * under way share the next one, which covers everything written by then.
 */
export class ReplicaWaits {
  private underWay: Promise<number> | undefined;
  private next: Promise<number> | undefined;

  /** @param boundMs how long replicas may take */
  constructor(
    private readonly redis: Redis,
    private readonly boundMs: number,
  ) {}

  /** How many replicas (`replicas` are waited for) have what was written before this call; 0 on any failure. */
  confirmed(replicas: number): Promise<number> {
    if (!this.underWay) return this.start(replicas);
    this.next ??= this.underWay.then(() => {
      this.next = undefined;
      return this.start(replicas);
    });
    return this.next;
  }

  private start(replicas: number): Promise<number> {
    const wait = this.redis.wait(replicas, this.boundMs).catch(() => 0);
    this.underWay = wait.finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }
}
