import { Redis, type RedisOptions } from 'ioredis';
import { isNotPermitted } from './redis-errors';

type OwnOptions = RedisOptions & { replyMapping?: 'legacy' };
type Answer = (error: Error | null | undefined, text?: string) => void;

/** A connection to one server: in the database that was asked for, or none. Its duplicates are the same. */
export class SoleRedis extends Redis {
  /**
   * ioredis goes on in database 0 when another cannot be selected, among the data of somebody else. Here the connection is
   * left; the promise stays open, so that nothing more is asked on it.
   */
  override async select(database: number | string): Promise<'OK'> {
    try {
      return await super.select(database);
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith('NOAUTH')) throw error; // the login before it failed, which says more
      this.emit('error', new Error(`database ${database} cannot be selected (${message})`));
      this.disconnect(true);
      return new Promise(() => undefined);
    }
  }

  /**
   * ioredis asks this before it calls a connection ready, and writes to standard error when the user may not. Without it
   * the first commands tell whether Redis is ready.
   */
  override info: Redis['info'] = (...args: (string | Buffer | Answer | undefined)[]): Promise<string> => {
    const answer = args.at(-1);
    if (typeof answer !== 'function') return super.info(...(args as string[]));
    return super.info((error, text) => (error && isNotPermitted(error) ? answer(null, '') : answer(error, text)));
  };

  /** The type, of which only BullMQ makes use, cannot be told: ioredis computes it from what is changed. */
  override duplicate(changes?: Partial<RedisOptions>): never {
    return new SoleRedis({ ...this.options, ...changes } as OwnOptions) as never;
  }
}
