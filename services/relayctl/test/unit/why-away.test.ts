import { expect, it } from '@jest/globals';
import { whyAway } from '../../src/why-away';

it.each([
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
    'Failed to refresh slots cache.',
    'Redis at redis+cluster://host:6379 is not in cluster mode, or none of its nodes answers.',
  ],
  [
    'redis+sentinel://:secret@host/relay',
    'All sentinels are unreachable. Retrying from scratch after 1020.2ms. Last error: Connection is closed.',
    'No Sentinel of redis+sentinel://***@host/relay tells where the master is: Connection is closed.',
  ],
  [
    'redis://:secret@host',
    'connect ECONNREFUSED 127.0.0.1:6379',
    'Redis at redis://***@host cannot be asked: connect ECONNREFUSED 127.0.0.1:6379.',
  ],
  ['redis://host', ' ', 'Redis at redis://host cannot be asked.'],
])('of %s, %j is said as what it means', (url, reason, sentence) => expect(whyAway(url, reason)).toBe(sentence));
