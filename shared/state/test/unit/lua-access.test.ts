import { describe, expect, test } from '@jest/globals';
import { readLua, shardKeyPattern } from '../../src/access/lua-access';
import { scriptAccess } from '../../src/access/script-access';
import { accessRules, scriptsOf, serviceNames } from '../../src/index';
import { scriptNames, signatureOf } from '../../src/scripts/contract';

describe('what a script may do is read out of its text', () => {
  test('commands, subcommands, keys and channels', () => {
    const lua = `#!lua
-- redis.call('FLUSHALL') in a comment is no call
local found = redis.call('PUBSUB', 'SHARDNUMSUB', shard .. 'to:' .. node)
redis.call('HSET', shard .. 'device:' .. id, 'a', 1)
redis.call('SPUBLISH', shard .. 'to:' .. node, 'x')
local add = whole and 'HINCRBY' or 'HINCRBYFLOAT'
redis.call(add, shard .. 'ledger', 'b', 1)
redis.call('INCR', lane .. 'sent:' .. node)`;
    expect(readLua('sample', lua)).toEqual({
      commands: new Set(['pubsub|shardnumsub', 'hset', 'spublish', 'hincrby', 'hincrbyfloat', 'incr']),
      keys: new Set(['device:', 'ledger', 'sent:']),
      publishes: 'yes',
      writes: 'yes',
    });
  });

  test('a script that writes nothing says so in its first line', () => {
    expect(readLua('sample', "#!lua flags=allow-oom,no-writes\nredis.call('GET', shard .. 'a:' .. id)").writes).toBe(
      'no',
    );
  });

  test('a call whose command nobody can read is refused', () => {
    expect(() => readLua('sample', "#!lua\nredis.call(command, shard .. 'a:')")).toThrow(
      /^sample\.lua: nobody can read which command `redis\.call\(command` calls\.$/,
    );
  });

  test.each([
    ['queue:', 'or:{[0-9]*}:queue:*'],
    ['ledger', 'or:{[0-9]*}:ledger'],
  ])('%s of any shard is %s', (part, pattern) => {
    expect(shardKeyPattern(part)).toBe(pattern);
  });
});

test.each([...scriptNames])('the table has a pattern for each key that %s is passed', (name) => {
  const { keys } = signatureOf(name);
  const { keys: patterns } = scriptAccess[name];
  // One key may have several forms.
  if (keys.length === 1) expect(patterns === undefined).toBe(keys[0] === 'shard' || keys[0] === 'lane');
  else expect(patterns).toHaveLength(keys.length);
});

test('no rule allows a group of commands, all keys or all channels', () => {
  const words = serviceNames.flatMap(accessRules).flatMap((rule) => rule.replace(/[()]/g, '').split(' '));
  expect(words.filter((word) => /@|^allkeys|^allchannels|^~\*|^%R~\*|^&\*/.test(word))).toEqual([]);
});

test('the edge, which runs every kind of script, has one pattern for all keys of shards', () => {
  expect(accessRules('edge').filter((rule) => /^[~%].*\{\[0-9\]/.test(rule))).toEqual(['~or:{[0-9]*']);
  expect(scriptsOf('edge').length).toBeGreaterThan(10);
});
