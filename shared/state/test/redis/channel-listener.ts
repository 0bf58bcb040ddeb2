import { Redis } from 'ioredis';
import { nodeChannel } from '../../src/scripts/keys';
import { unpackr } from '../../src/scripts/message-pack';

/** A node as the scripts see it: it subscribes to the channel of one shard and keeps what is published there. */
export class ChannelListener {
  /** The records of all messages but their numbers, unpacked, and how many came with each message. */
  readonly records: unknown[][] = [];
  readonly batches: number[] = [];
  /** What scripts put in front of what they publish. */
  readonly numbers: number[] = [];

  private constructor(private readonly redis: Redis) {
    redis.on('smessageBuffer', (_channel: Buffer, message: Buffer) => {
      const [number, ...records] = unpackr.unpackMultiple(message) as unknown[][];
      if (number?.[0] === 'number') this.numbers.push(number[1] as number);
      else if (number) records.unshift(number);
      this.batches.push(records.length);
      this.records.push(...records);
    });
  }

  static async open(url: string, shard: number, node: string): Promise<ChannelListener> {
    const redis = new Redis(url);
    const listener = new ChannelListener(redis);
    await redis.ssubscribe(nodeChannel(shard, node));
    return listener;
  }

  close(): void {
    this.redis.disconnect();
  }
}
