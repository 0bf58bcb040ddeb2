import { expect, test } from '@jest/globals';
import { mayHaveRun, RedisUnavailable } from '../../src/link/redis-errors';

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

test.each([
  ['a call that nobody answered', new RedisUnavailable('the connection was closed', 'unknown')],
  ['an answer that could not be read', new Error('unexpected end of data')],
  ['a script that failed halfway', replyError('WRONGTYPE Operation against a key script: f00, on @user_script:12.')],
])('%s may have run, at least in part', (_, error) => expect(mayHaveRun(error)).toBe(true));

test.each([
  ['a Redis that was not asked', new RedisUnavailable('the connection was closed')],
  ['a refusal', replyError('LATE 1780000000000')],
  ['a script that was refused for want of memory', replyError('OOM allow-oom flag is not set on the script')],
])('%s has done nothing', (_, error) => expect(mayHaveRun(error)).toBe(false));
