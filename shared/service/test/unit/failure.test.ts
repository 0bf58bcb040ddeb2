import { expect, test } from '@jest/globals';
import { failureOf } from '../../src/failure';

test('says which error it was, and where it comes from', () => {
  const { error, at } = failureOf(caught(() => JSON.parse('{}').missing.x));
  expect(error).toBe("TypeError: Cannot read properties of undefined (reading 'x')");
  expect(at).toMatch(/failure\.test\.ts:\d+:\d+/);
});

test.each([
  ['a payload', () => JSON.parse('{"encrypted_data":c2VjcmV0LXRleHQ}')],
  ['an id', () => BigInt(`${'0123456789abcdef'.repeat(4)}x`)],
  ['a value', () => 'a' in JSON.parse('"c2VjcmV0LXRleHQ"')],
])('does not say %s that the error was about', (_what, fail) => {
  const { error, at } = failureOf(caught(fail));
  expect(at).toMatch(/failure\.test\.ts/);
  expect(error).toContain('…');
  expect(error).not.toMatch(/c2Vj|0123/);
});

test('a system’s error has its code, and what is no error has a type', () => {
  expect(failureOf(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })).error).toBe(
    'Error ECONNRESET: read …',
  );
  expect(failureOf('c2VjcmV0')).toEqual({ error: 'a string was thrown', at: 'unknown' });
});

function caught(fail: () => unknown): unknown {
  try {
    fail();
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail.');
}
