import { Redis, type RedisOptions } from 'ioredis';
import { isNotPermitted } from './redis-errors';

type OwnOptions = RedisOptions & { replyMapping?: 'legacy' };
type Answer = (error: Error | null | undefined, text?: string) => void;

/** A connection to one server that is in the chosen database, or in none. Its duplicates are the same. */
export class SoleRedis extends Redis {
  /**
   * When a database cannot be selected, ioredis goes on in database 0, among the data of others. This closes the connection
   * instead; the promise stays open, so that no command follows.
   */
  override async select(database: number | string): Promise<'OK'> {
    try {
      return await super.select(database);
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith('NOAUTH')) throw error; // the login before it failed, and its error says more
      this.emit('error', new Error(`database ${database} cannot be selected (${message})`));
      this.disconnect(true);
      return new Promise(() => undefined);
    }
  }

  /**
   * ioredis asks for this before it calls a connection ready, and writes to standard error when the user may not. This answers
   * nothing then, and the first commands tell whether Redis is ready.
   */
  override info: Redis['info'] = (...args: (string | Buffer | Answer | undefined)[]): Promise<string> => {
    const answer = args.at(-1);
    if (typeof answer !== 'function') return super.info(...(args as string[]));
    return super.info((error, text) => (error && isNotPermitted(error) ? answer(null, '') : answer(error, text)));
  };

  /** The type cannot be written down: ioredis computes it from the changes. Only BullMQ uses it. */
  override duplicate(changes?: Partial<RedisOptions>): never {
    return new SoleRedis({ ...this.options, ...changes } as OwnOptions) as never;
  }
}
