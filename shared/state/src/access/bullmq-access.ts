/** What BullMQ does, with the janitor's user: only on its own keys. */

export const bullmqKeys = '{or:bull}:*';

/**
 * All commands of its scripts and its classes with keys, so that no rare path lacks one; a test compares them with the installed
 * version.
 */
export const bullmqCommands: readonly string[] = [
  'evalsha eval bzpopmin del exists expire get incr incrby persist pexpire pexpireat pttl rename set type unlink',
  'hdel hexists hget hgetall hincrby hlen hmget hmset hscan hset lindex llen lpop lpos lpush lrange lrem lset',
  'ltrim rpop rpoplpush rpush sadd scard sismember smembers srem sscan xadd xdel xlen xrange xread xtrim zadd',
  'zcard zcount zlexcount zpopmin zrange zrangebylex zrangebyscore zrem zremrangebyrank zremrangebyscore',
  'zrevrange zrevrangebyscore zscore',
].flatMap((line) => line.split(' '));
