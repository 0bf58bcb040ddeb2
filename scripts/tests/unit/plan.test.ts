import { expect, test } from '@jest/globals';
import { planFrom } from '../../src/up/plan';

test('without settings there are two edges from port 3000 on and a private Redis, quick to stop', () => {
  expect(planFrom({})).toMatchObject({
    edgeCount: 2,
    redis: 'private',
    settings: { port: 3000, opsPort: 3100, drainSeconds: 1, drainLeadSeconds: 0 },
    environment: { RELAY_DRAIN_SECONDS: '1', RELAY_DRAIN_LEAD_SECONDS: '0' },
  });
});

test('a private Redis has a limit, of which messages get three quarters', () => {
  expect(planFrom({}).redisMaxmemory).toBe('1gb');
  expect(planFrom({ REDIS_MAXMEMORY: '300mb' }).redisMaxmemory).toBe('300mb');
  for (const text of ['0', 'much', '1tb', '-1', '1 gb']) {
    expect(() => planFrom({ REDIS_MAXMEMORY: text })).toThrow(
      `REDIS_MAXMEMORY is ${JSON.stringify(text)}, but must be a number of bytes`,
    );
  }
});

test("the user's settings are passed on, and nothing else", () => {
  const env = { RELAY_DRAIN_SECONDS: '5', RELAY_SHARDS: '', LOG_LEVEL: 'warn', NODE_OPTIONS: '-r x', HOME: '/home' };
  const plan = planFrom({ ...env, REDIS_URL: 'redis://host:1', EDGES: '3' });
  expect(plan).toMatchObject({ edgeCount: 3, redis: 'given', settings: { redisUrl: 'redis://host:1' } });
  expect(plan.environment).toEqual({
    RELAY_DRAIN_SECONDS: '5',
    RELAY_DRAIN_LEAD_SECONDS: '0',
    LOG_LEVEL: 'warn',
    NODE_OPTIONS: '-r x',
  });
});

test.each(['0', '65', '-1', '1e1', ' 2', 'two'])('EDGES=%j is refused', (text) => {
  expect(() => planFrom({ EDGES: text })).toThrow(
    `EDGES is ${JSON.stringify(text)}, but must be a whole number from 1 to 64.`,
  );
});

test('ports must not run out', () => {
  expect(() => planFrom({ PORT: '65535' })).toThrow('PORT is 65535, too high for 2 edges');
  expect(planFrom({ PORT: '65535', EDGES: '1' }).edgeCount).toBe(1);
});

test('ops has a port of its own', () => {
  expect(() => planFrom({ OPS_PORT: '3001' })).toThrow(
    "OPS_PORT is 3001, which is edge 2's port already; choose another.",
  );
  expect(planFrom({ OPS_PORT: '3001', EDGES: '1' }).settings.opsPort).toBe(3001);
  expect(planFrom({ PORT: '0', OPS_PORT: '0' }).settings.opsPort).toBe(0);
});

test('the token of ops is not passed on to the edges', () => {
  const plan = planFrom({ OPS_TOKEN: '0123456789abcdef' });
  expect(plan.settings.opsToken).toBe('0123456789abcdef');
  expect(plan.environment).not.toHaveProperty('OPS_TOKEN');
});

test('replicas are not waited for where there are none', () => {
  const env = { RELAY_MIN_REPLICAS: '1' };
  expect(() => planFrom(env)).toThrow(/^RELAY_MIN_REPLICAS is 1, but the Redis that up starts has no replica/);
  expect(planFrom({ ...env, REDIS_URL: 'redis://host:1' }).settings.minReplicas).toBe(1);
});
