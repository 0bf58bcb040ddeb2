import { expect, test } from '@jest/globals';
import { advice } from '../../src/up/advice';
import { planFrom } from '../../src/up/plan';

const addresses = {
  edges: [{ url: 'ws://127.0.0.1:3000/relay', httpUrl: 'http://127.0.0.1:3000' }],
  opsUrl: 'http://127.0.0.1:3100',
  redisUrl: 'redis://relayctl:secret@127.0.0.1:1234',
};

function told(env: Record<string, string>): string {
  return advice(addresses, planFrom(env), { logs: '/logs', redisUsers: '/redis-users' });
}

test('what others connect to is told when they can', () => {
  expect(told({})).toMatch('From other machines: ws://THIS-MACHINE:3000/relay\n');
  for (const address of ['127.0.0.1', '::1']) expect(told({ BIND_ADDR: address })).not.toMatch('other machines');
});

test('the address of a private Redis is told, and none that may hold a password', () => {
  expect(told({})).toMatch(
    'Redis: redis://***@127.0.0.1:1234; its users, with their passwords, are in /redis-users.\n',
  );
  expect(told({})).not.toMatch('secret');
  expect(told({ REDIS_URL: 'redis://:secret@host:1' })).not.toMatch('Redis:');
});

test('it ends with how two terminals pair through this relay, and with the page where there is one', () => {
  const second = 'OPENRELAY_HOME=.data/second npx openrelay';
  expect(told({})).toMatch(
    [
      '  npx openrelay --relay ws://127.0.0.1:3000/relay pair',
      `  ${second} --relay ws://127.0.0.1:3000/relay pair CODE`,
      'Then send from the first to the second:',
      `  ${second} receive --watch`,
      "  npx openrelay send all 'Hello'",
      'Or make a browser one of the two:',
      '  http://127.0.0.1:3000/app/\n',
    ].join('\n'),
  );
  expect(told({ RELAY_PAGE: 'no' })).toMatch(/send all 'Hello'\n\nWhat ends/);
});
