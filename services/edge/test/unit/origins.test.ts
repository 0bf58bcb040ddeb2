import { expect, test } from '@jest/globals';
import { isAllowedOrigin, originRule } from '../../src/sockets/origins';

const settings = { allowedOrigins: ['app.example.org'], publicHosts: [], servePage: true };
const own = 'https://relay.example.org';

test('nothing listed: pages of all hosts may connect', () => {
  expect(isAllowedOrigin('https://evil.example', '', originRule({ ...settings, allowedOrigins: [] }))).toBe(true);
});

test('what an edge serves itself may connect to the host that it came from', () => {
  const rule = originRule(settings);
  expect(isAllowedOrigin(own, 'relay.example.org', rule)).toBe(true);
  expect(isAllowedOrigin('http://relay.example.org:3000', 'relay.example.org:3000', rule)).toBe(true);
  expect(isAllowedOrigin('http://relay.example.org:3000', 'relay.example.org', rule)).toBe(false);
  expect(isAllowedOrigin('https://evil.example', 'relay.example.org', rule)).toBe(false);
  expect(isAllowedOrigin('null', '', rule)).toBe(false);
});

test('where the relay knows its hosts, a page of another name that leads to it may not', () => {
  const rule = originRule({ ...settings, publicHosts: ['relay.example.org'] });
  expect(isAllowedOrigin(own, 'relay.example.org', rule)).toBe(true);
  expect(isAllowedOrigin('https://rebound.example', 'rebound.example', rule)).toBe(false);
});

test('an edge that serves no page lets its own host in by the list alone', () => {
  expect(isAllowedOrigin(own, 'relay.example.org', originRule({ ...settings, servePage: false }))).toBe(false);
});
