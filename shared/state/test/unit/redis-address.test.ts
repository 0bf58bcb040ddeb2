import { describe, expect, test } from '@jest/globals';
import { parseRedisAddress } from '../../src/link/redis-address';

const open = { username: undefined, password: undefined, tls: false };

describe('the address of one Redis', () => {
  test.each([
    ['redis://host', { host: 'host' }],
    ['redis://host:6379/', { host: 'host' }],
    ['redis://user:p%40ss@host:6380/2', { host: 'host', port: 6380, database: 2, username: 'user', password: 'p@ss' }],
    ['redis://:secret@10.0.0.1', { host: '10.0.0.1', password: 'secret' }],
    ['redis://user@host', { host: 'host', username: 'user' }],
    ['rediss://[::1]:7000/16', { host: '::1', port: 7000, database: 16, tls: true }],
  ])('has its host, its port, its database and how it is entered: %s', (url, parts) => {
    expect(parseRedisAddress(url)).toEqual({ kind: 'single', port: 6379, database: 0, ...open, ...parts });
  });
});

describe('the address of a group', () => {
  test('of Sentinels has their hosts and the name of the master', () => {
    expect(parseRedisAddress('redis+sentinel://one:26380,two:26381/relay')).toEqual({
      kind: 'sentinel',
      name: 'relay',
      hosts: [
        { host: 'one', port: 26380 },
        { host: 'two', port: 26381 },
      ],
      ofSentinels: { username: undefined, password: undefined },
      ...open,
    });
  });

  test('of a Cluster has its hosts', () => {
    expect(parseRedisAddress('redis+cluster://10.0.0.1:7000,10.0.0.2:7001,10.0.0.3:7002')).toEqual({
      kind: 'cluster',
      hosts: [
        { host: '10.0.0.1', port: 7000 },
        { host: '10.0.0.2', port: 7001 },
        { host: '10.0.0.3', port: 7002 },
      ],
      ...open,
    });
  });

  test.each([
    ['redis+sentinel://one,two:5/relay', [26379, 5]],
    ['redis+cluster://one,two:5', [6379, 5]],
  ])('has the usual port where none is given: %s', (url, ports) => {
    expect(parseRedisAddress(url)).toMatchObject({ hosts: ports.map((port) => expect.objectContaining({ port })) });
  });

  test.each([
    [
      'redis+cluster://[::1]:7000,[fe80::2]',
      [
        { host: '::1', port: 7000 },
        { host: 'fe80::2', port: 6379 },
      ],
    ],
    ['redis+sentinel://[2001:db8::1]/relay', [{ host: '2001:db8::1', port: 26379 }]],
  ])('has IPv6 hosts without their brackets: %s', (url, hosts) => {
    expect(parseRedisAddress(url)).toMatchObject({ hosts });
  });

  test.each([
    ['user:secret', 'user', 'secret'],
    [':secret', undefined, 'secret'],
    ['user', 'user', undefined],
    ['us%3Aer:p%40s%2Fs%3A%25', 'us:er', 'p@s/s:%'],
    // As in any URL, what follows the first colon is the password.
    ['user:sec:ret', 'user', 'sec:ret'],
  ])('has the user and password before its hosts: %s', (credentials, username, password) => {
    const access = { username, password };
    expect(parseRedisAddress(`redis+cluster://${credentials}@host:1`)).toMatchObject(access);
    expect(parseRedisAddress(`redis+sentinel://${credentials}@host:1/relay`)).toMatchObject(access);
  });

  test.each([
    ['?sentinelPassword=p%40s%26%2B+', { username: undefined, password: 'p@s&++' }],
    ['?sentinelUsername=us%3Aer&sentinelPassword=p:1/2', { username: 'us:er', password: 'p:1/2' }],
  ])('has the user and password that Sentinels alone know: %s', (query, ofSentinels) => {
    const address = parseRedisAddress(`redis+sentinel://u:s@one,two:5/relay${query}`);
    expect(address).toMatchObject({ name: 'relay', username: 'u', password: 's', ofSentinels });
  });

  test('has TLS with rediss', () => {
    expect(parseRedisAddress('rediss+cluster://host')).toMatchObject({ kind: 'cluster', tls: true });
    expect(parseRedisAddress('rediss+sentinel://host/relay')).toMatchObject({ kind: 'sentinel', tls: true });
  });
});

describe('an address that is not whole', () => {
  test.each(['redis+sentinel://one:1,two:2', 'redis+sentinel://one:1/'])('is refused without a name: %s', (url) => {
    expect(() => parseRedisAddress(url)).toThrow('NAME');
  });

  test.each(['one:1,', ',one:1', 'one:1,,two:2', ':7000', 'one:port', 'one:', '::1', '[::1'])(
    'is refused with the host in it that is none: %s',
    (hosts) => {
      expect(() => parseRedisAddress(`redis+cluster://${hosts}`)).toThrow('is no host:port');
      expect(() => parseRedisAddress(`redis+sentinel://${hosts}/relay`)).toThrow('is no host:port');
    },
  );
});
