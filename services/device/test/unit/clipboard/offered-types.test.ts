import { expect, test } from '@jest/globals';
import { chosenType } from '../../../src/clipboard/offered-types';
import { cookieIn, x11Address } from '../../../src/clipboard/x11/x11-address';

test.each([
  [['TARGETS', 'UTF8_STRING', 'STRING'], { is: 'text', type: 'UTF8_STRING' }],
  [['text/html', 'image/png', 'text/plain'], { is: 'image', type: 'image/png' }],
  [['text/plain', 'x-kde-passwordManagerHint'], { is: 'nothing', why: 'concealed' }],
  [['text/plain', 'text/uri-list'], { is: 'nothing', why: 'other' }],
  [['application/x-color'], { is: 'nothing', why: 'other' }],
  [[''], { is: 'nothing', why: 'empty' }],
])('of %j %j is read', (offered, chosen) => {
  expect(chosenType(offered)).toEqual(chosen);
});

test.each([
  [':7', { display: 7, at: { path: '/tmp/.X11-unix/X7' } }],
  ['unix:0.1', { display: 0, at: { path: '/tmp/.X11-unix/X0' } }],
  ['localhost:10.0', { display: 10, at: { host: 'localhost', port: 6010 } }],
  ['', undefined],
  [undefined, undefined],
])('the display %j is at %j', (display, address) => {
  expect(x11Address(display)).toEqual(address);
});

test('of Xauthority’s entries the one for this host and display is taken', () => {
  const field = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
  const entry = (family: number, host: string, display: string, data: string) =>
    Buffer.concat([Buffer.from([family >> 8, family & 255]), ...[host, display, 'MIT', data].map(field)]);
  const file = Buffer.concat([
    entry(256, 'elsewhere', '1', 'a'),
    entry(256, 'here', '0', 'b'),
    entry(256, 'here', '1', 'c'),
  ]);
  expect(cookieIn(file, 1, 'here')?.data.toString()).toBe('c');
  expect(cookieIn(file, 1, 'renamed')?.data.toString()).toBe('a');
  expect(cookieIn(file, 9, 'here')).toBeUndefined();
  expect(cookieIn(file.subarray(0, 5), 1, 'here')).toBeUndefined();
});
