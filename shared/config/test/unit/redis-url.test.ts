import { describe, expect, test } from '@jest/globals';
import { describeSettings, readSettings, SettingsError } from '../../src/index';

function refusalOf(url: string): string {
  try {
    readSettings({ REDIS_URL: url });
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error(`REDIS_URL=${url} was taken`);
}

describe('a group of Redis servers', () => {
  test.each([
    'redis+sentinel://h:1,h:2/name',
    'redis+sentinel://h/name',
    'redis+sentinel://one.example,two.example:26380,10.0.0.3/relay-1',
    'rediss+sentinel://user:secret@h:1,h:2/name',
    'redis+sentinel://[::1]:26379,[fe80::2]/name',
    'redis+sentinel://h:1,h:2/name?sentinelPassword=%40s%26',
    'rediss+sentinel://user:secret@h/name?sentinelUsername=u&sentinelPassword=p:1/2',
    'redis+cluster://h:1,h:2',
    'redis+cluster://h',
    'redis+cluster://:p%40ss@h:65535,h:2',
    'rediss+cluster://[::1]:7000,[::1]:7001',
  ])('is taken: %s', (url) => {
    expect(readSettings({ REDIS_URL: url }).settings.redisUrl).toBe(url);
  });

  test.each([
    ['without the name of its master', 'redis+sentinel://h:1,h:2'],
    ['without the name of its master', 'redis+sentinel://h:1,h:2/'],
    ['with more than a name', 'redis+sentinel://h:1/name/2'],
    ['with a name where there is none', 'redis+cluster://h:1/name'],
    ['with a database, which a Cluster has not', 'redis+cluster://h:1/0'],
    ['without hosts', 'redis+cluster://'],
    ['without hosts', 'redis+sentinel:///name'],
    ['with an empty host', 'redis+cluster://h:1,,h:2'],
    ['with an empty host', 'redis+cluster://h:1,'],
    ['with an empty host', 'redis+cluster://,h:1'],
    ['with an empty host', 'redis+cluster://:7000'],
    ['with an empty host', 'redis+sentinel://user:secret@/name'],
    ['with port 0', 'redis+cluster://h:0'],
    ['with port 0', 'redis+sentinel://h:1,h:0/name'],
    ['with a port above 65535', 'redis+cluster://h:65536'],
    ['with a port above 65535', 'redis+sentinel://h:1,h:70000/name'],
    ['with a port that is no number', 'redis+cluster://h:x'],
    ['with a port that is missing', 'redis+cluster://h:'],
    ['with IPv6 that has no brackets', 'redis+cluster://::1:7000'],
    ['with white space', 'redis+cluster://h:1, h:2'],
    ['with white space', 'redis+cluster://h:1 '],
    ['with a password that is wrongly encoded', 'redis+cluster://:100%@h:1'],
    ['with a query', 'redis+sentinel://h:1/name?db=1'],
    ['with a fragment', 'redis+sentinel://h:1/name#1'],
    ['of another kind', 'redis+single://h:1'],
    ['of another kind', 'http+cluster://h:1'],
  ])('%s is refused: %s', (_, url) => {
    expect(refusalOf(url)).toMatch(/^REDIS_URL is ".*", but must be .*redis\+sentinel:.*redis\+cluster:.*\.$/);
  });

  test.each([
    ['redis+cluster://h1,h2/', 'A Cluster has database 0 alone, so nothing follows its hosts, not even a /.'],
    ['redis+cluster://h/1', 'A Cluster has database 0 alone, so nothing follows its hosts, not even a /.'],
    ['redis+cluster://h?x=1', 'Nothing follows the hosts of a Cluster.'],
    ['redis+sentinel://h:1,h:2', 'After the Sentinels stands /NAME, '],
    ['redis+sentinel://h/name/2', 'the relay uses database 0 there.'],
    ['redis+sentinel://h/name?password=p', '?sentinelUsername=USER&sentinelPassword=PASSWORD'],
    ['redis+sentinel://h/name?sentinelUsername=u', '?sentinelUsername=USER&sentinelPassword=PASSWORD'],
    ['redis+sentinel://h/name?sentinelPassword=', '?sentinelUsername=USER&sentinelPassword=PASSWORD'],
    ['redis+sentinel://h/name?sentinelPassword=a@b', '@ written %40'],
    ['redis+cluster://:100%@h', 'A % in a user or password is written %25'],
  ])('%s is refused with what is wrong with it', (url, why) => {
    expect(refusalOf(url)).toContain(why);
  });

  test.each([
    'redis://h:6379\r',
    'redis://user:hunter2@h\r',
    'redis+sentinel://h/name\r',
    'redis+cluster://h:1\r',
    '\r',
  ])('with the end of a line of Windows is refused for that: %j', (url) => {
    const sentence =
      /^REDIS_URL ends with a carriage return \(\\r\), as in a file with the line ends of Windows: .*\.$/;
    expect(refusalOf(url)).toMatch(sentence);
    expect(refusalOf(url)).not.toContain('hunter2');
  });

  // What is taken here, `parseRedisAddress` must read as a group, and it knows small letters alone.
  test.each(['REDIS+CLUSTER://h:1', 'Redis+Sentinel://h:1/name'])('is named in small letters: %s', (url) => {
    expect(refusalOf(url)).toMatch(/^REDIS_URL is /);
  });
});

describe('one Redis server', () => {
  test.each([
    ['redis://:hunter2@h?timeout=1', 'Nothing but /DATABASE follows the host: no ? and no #.'],
    ['redis://h#1', 'Nothing but /DATABASE follows the host: no ? and no #.'],
    ['redis://h:99999', 'A port is a number from 1 to 65535.'],
    ['redis://h/main', 'After the host stands nothing but /DATABASE, which is a number.'],
    ['redis://:hunter2@one,two:6379', 'Several hosts are a redis+sentinel:// or a redis+cluster://.'],
    ['redis://u:hun/ter2@h', 'In a user or password @ is written %40, / %2F'],
    ['redis://u:hun#ter2@h', 'In a user or password @ is written %40, / %2F'],
    ['redis+cluster://u:hun/ter2@h', 'In a user or password @ is written %40, / %2F'],
    [' redis://:hunter2@h', 'Neither white space nor quotation marks stand around it.'],
    ['"redis://:hunter2@h"', 'Neither white space nor quotation marks stand around it.'],
    ["'redis+cluster://h'", 'Neither white space nor quotation marks stand around it.'],
  ])('%s is refused with what is wrong with it', (url, why) => {
    expect(refusalOf(url)).toContain(why);
    expect(refusalOf(url)).not.toMatch(/hunter2|ter2/);
  });
});

describe('the password of a group', () => {
  test.each([
    'redis+sentinel://user:hunter2@h:1,h:2',
    'redis+sentinel://:hunter2@h:0/name',
    'redis+cluster://user:hunter2@h:1,,h:2',
    'rediss+cluster://user:hun@hunter2@h:1',
    'redis+cluster://user:hunter2/x@h:1',
    'redis+cluster:/user:hunter2@h:1',
    'redis+sentinel://h/name?sentinelPassword=hunter2@h',
    'redis+sentinel://h/name?sentinelPassword=x@hunter2',
    'redis://user:12?hunter2@h:x',
    'redis://user:12#hunter2@h',
  ])('is not in the sentence that refuses its URL: %s', (url) => {
    expect(refusalOf(url)).toMatch('***');
    expect(refusalOf(url)).not.toMatch('hunter2');
  });

  test.each([
    ['redis+sentinel://user:hunter2@h:1,h:2/name', 'redis+sentinel://***@h:1,h:2/name'],
    ['rediss+cluster://:hunter2@h:1', 'rediss+cluster://***@h:1'],
    ['redis+sentinel://h/name?sentinelPassword=hunter2', 'redis+sentinel://h/name?***'],
  ])('is left out where settings are printed: %s', (url, printed) => {
    expect(describeSettings(readSettings({ REDIS_URL: url }).settings)).toMatch(`\nREDIS_URL=${printed}\n`);
  });
});
