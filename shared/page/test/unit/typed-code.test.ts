import { expect, test } from '@jest/globals';
import { readTypedCode } from '../../app/view/typed-code';

const relay = 'wss://relay.example/relay';
const code = '7-crossover-clockwork';
const uri = (url: string) => `openrelay:pair?relay=${encodeURIComponent(url)}&code=${code}`;

test.each([
  ['a code', code],
  ['what a QR code holds', uri(relay)],
  ['the link of the page', `https://relay.example/app/#${uri(relay)}`],
  ['a link with the code alone', `https://relay.example/app/#${code}`],
  ['the relay in other letters', uri('WSS://Relay.example:443/relay')],
])('%s is read', (_what, typed) => {
  expect(readTypedCode(typed, relay)).toEqual({ code });
});

test('a code of another relay is refused by its name, and what is no link too', () => {
  const faultOf = (typed: string) => JSON.stringify(readTypedCode(typed, relay));
  expect(faultOf(uri('wss://other.example/relay'))).toContain('other.example');
  expect(faultOf('openrelay:pair?relay=nothing')).toContain('type the code itself');
});
