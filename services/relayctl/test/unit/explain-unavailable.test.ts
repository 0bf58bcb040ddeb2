import { expect, test } from '@jest/globals';
import { explainUnavailable } from '../../src/session/explain-unavailable';

test.each([
  [
    'redis://host:6379',
    'NOAUTH HELLO must be called with the client already authenticated, otherwise …',
    'Redis at redis://host:6379 wants a password: REDIS_URL=redis://:PASSWORD@host:6379',
  ],
  [
    'redis://user:@host',
    'NOAUTH Authentication required.',
    'Redis at redis://***@host wants a password: REDIS_URL=redis://:PASSWORD@host',
  ],
  ['redis://host:80', 'Unknown RESP type 72 "H". Please report this.', 'What answers at redis://host:80 is not Redis.'],
  [
    'rediss://host:80',
    '809C:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/record.c:350:',
    'What answers at rediss://host:80 does not speak TLS there; redis:// ?',
  ],
  [
    'rediss://host:6379',
    'not connected yet',
    'Redis at rediss://host:6379 cannot be asked: it does not answer, or does not speak TLS there; redis:// ?',
  ],
  ['redis://host:6379', 'not connected yet', 'Redis at redis://host:6379 cannot be asked: it does not answer.'],
  [
    'redis+cluster://host:6379',
    'it is not in cluster mode',
    'Redis at redis+cluster://host:6379 is not in cluster mode; redis:// ?',
  ],
  [
    'redis://ann:secret@host:6379',
    "NOPERM User ann has no permissions to run the 'hget' command",
    "The user for Redis at redis://***@host:6379 lacks a permission, which shared/state/KEYS.md lists: NOPERM User ann has no permissions to run the 'hget' command.",
  ],
  [
    'redis+sentinel://:secret@host/relay',
    'no Sentinel tells where the master is: connect ECONNREFUSED 127.0.0.1:26379',
    'No Sentinel of redis+sentinel://***@host/relay tells where the master is: connect ECONNREFUSED 127.0.0.1:26379.',
  ],
  [
    'redis://:secret@host',
    'connect ECONNREFUSED 127.0.0.1:6379',
    'Redis at redis://***@host cannot be asked: connect ECONNREFUSED 127.0.0.1:6379.',
  ],
  ['redis://host', ' ', 'Redis at redis://host cannot be asked.'],
])('of %s, %j is said as what it means', (url, reason, sentence) =>
  expect(explainUnavailable(url, reason)).toBe(sentence),
);
