import { describe, expect, test } from '@jest/globals';
import { bytesText, countdownText } from '@openrelay/client';
import { clockFinding } from '../../src/commands/doctor-relay';
import { exitCodeOf, sentLine } from '../../src/commands/send-words';
import { linkSentence } from '../../src/holding/tell-events';
import { findPeer } from '../../src/session/find-peer';
import { foldersOf, type Place } from '../../src/settings/folders';
import { readRelayUrl } from '../../src/settings/relay-url';
import { displayWidth, fitted } from '../../src/terminal/display-width';
import { printable, printableLine } from '../../src/terminal/printable';
import { progressLine } from '../../src/terminal/progress-bar';
import { qrLines } from '../../src/terminal/qr-code';
import { tableLines } from '../../src/terminal/table';
import { durationText } from '../../src/terminal/units';
import { wrappedLines } from '../../src/terminal/wrapped-lines';
import { peerCalled as peer } from '../peer-called';

describe('a relay', () => {
  test.each([
    ['relay.example', 'wss://relay.example/relay'],
    ['https://relay.example', 'wss://relay.example/relay'],
    ['http://127.0.0.1:3000/', 'ws://127.0.0.1:3000/relay'],
    ['localhost:3000', 'ws://localhost:3000/relay'],
    ['[::1]:3000', 'ws://[::1]:3000/relay'],
    ['wss://relay.example/elsewhere', 'wss://relay.example/elsewhere'],
    ['WSS://Relay.Example:443/relay', 'wss://relay.example/relay'],
  ])('may be named as %s', (text, url) => {
    expect(readRelayUrl(text)).toEqual({ url });
  });

  test.each(['', 'ftp://relay.example', 'wss://', 'wss://user:secret@relay.example', 'a b'])('is not “%s”', (text) => {
    const read = readRelayUrl(text);
    expect(read).toEqual({ fault: expect.stringMatching(/\.$/) });
    expect(JSON.stringify(read)).not.toContain('secret');
  });
});

describe('the folders', () => {
  const place = (platform: NodeJS.Platform, env: Place['env'] = {}): Place => {
    return { platform, env, home: '/home/ada', temporary: '/tmp', user: '1000' };
  };

  test('are those of XDG on Linux', () => {
    expect(foldersOf(place('linux'))).toEqual({
      settings: '/home/ada/.config/openrelay/settings.json',
      store: '/home/ada/.local/share/openrelay/device',
      state: '/home/ada/.local/state/openrelay',
      socket: '/home/ada/.local/state/openrelay/agent.sock',
      received: '/home/ada/Downloads/OpenRelay',
    });
    const env = { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/r' };
    expect(foldersOf(place('linux', env))).toMatchObject({
      settings: '/c/openrelay/settings.json',
      store: '/d/openrelay/device',
      state: '/s/openrelay',
      socket: '/r/openrelay/agent.sock',
    });
  });

  test('are Application Support on macOS, and %APPDATA% on Windows, where the socket is a pipe', () => {
    expect(foldersOf(place('darwin')).store).toBe('/home/ada/Library/Application Support/openrelay/device');
    const windows = foldersOf(place('win32', { APPDATA: '/roaming' }));
    expect(windows.settings).toBe('/roaming/OpenRelay Device/settings.json');
    expect(windows.socket).toMatch(/^\\\\\.\\pipe\\openrelay-1000-[0-9a-f]{16}$/);
  });

  test('are all in OPENRELAY_HOME where it is set, and a socket that would be too long is in a short place', () => {
    const short = foldersOf(place('linux', { OPENRELAY_HOME: '/x', XDG_DATA_HOME: '/d' }));
    expect(Object.values(short).every((path) => path.startsWith('/x'))).toBe(true);
    const long = foldersOf(place('linux', { OPENRELAY_HOME: `/${'x'.repeat(120)}` }));
    expect(long.socket).toMatch(/^\/tmp\/openrelay-1000-[0-9a-f]{16}\/agent\.sock$/);
  });
});

describe('a peer', () => {
  const peers = [peer('desk', 'ABCD1'), peer('Phone', 'ABCD2'), peer('phone', '77777')];

  test('is found by its name, and by the first digits of its id', () => {
    expect([findPeer(peers, 'DESK').name, findPeer(peers, 'abcd1').name]).toEqual(['desk', 'desk']);
  });

  test('that calls itself by the first digits of another’s id does not get what is meant for that', () => {
    const posing = [...peers, peer('abcd1000', 'EEEE')];
    expect(() => findPeer(posing, 'ABCD1000')).toThrow(/^“ABCD1000” may be any of ABCD1000, EEEE0000: /);
    expect(findPeer(posing, peers[0]!.id).name).toBe('desk');
    expect(findPeer(posing, 'abcd10000').name).toBe('desk');
  });

  test.each([
    ['lap', /^No device of the name “lap” .* there are desk, Phone, phone\.$/],
    ['phone', /^“phone” may be any of ABCD2000, 77777000: /],
    ['abcd', /^“abcd” may be any of ABCD1000, ABCD2000: /],
    ['abc', /^No device of the name/],
  ])('is not found by %s, with a sentence that helps', (text, sentence) => {
    expect(() => findPeer(peers, text)).toThrow(sentence);
    expect(() => findPeer([], text)).toThrow('“openrelay pair” pairs the first one.');
  });
});

describe('what a terminal shows', () => {
  test('of a peer’s text can’t move its cursor or turn its direction', () => {
    expect(printable('a\u001b[2Jb\u202Ec\nd\te')).toBe('a\uFFFD[2Jb\uFFFDc\nd\te');
    expect(printableLine('a\r\nb')).toBe('a\uFFFD b');
  });

  test('has columns that fit, also for wide signs', () => {
    expect(displayWidth('日本é')).toBe(5);
    expect(fitted('日本語.txt', 6)).toBe('日本…');
    const [, first, second] = tableLines(
      ['name', 'id'],
      [
        ['日本', '1'],
        ['desk', '2'],
      ],
    );
    expect([first, second]).toEqual(['日本  1', 'desk  2']);
  });

  test.each([200, 80, 60, 40, 20])('has a bar that fits into %d columns', (columns) => {
    const shown = { name: 'a-long-name-of-a-file-日本語.mp4', bytes: 38e6, size: 1e8, secondsLeft: 700 };
    const line = progressLine(shown, columns);
    expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    if (columns >= 60) expect(line).toContain('38 %');
  });

  test('has figures as people say them', () => {
    expect([0, 999, 1000, 999_960, 50e6].map(bytesText)).toEqual(['0 B', '999 B', '1.0 kB', '1.0 MB', '50 MB']);
    expect([1, 89, 90, 5_400, 200_000].map(durationText)).toEqual([
      '1 second',
      '89 seconds',
      '2 minutes',
      '2 hours',
      '3 days',
    ]);
    expect([300_000, 61_001, -5].map(countdownText)).toEqual(['5:00', '1:02', '0:00']);
  });

  test('is a QR code whose lines are equally long', () => {
    const lines = qrLines('openrelay:pair?relay=ws%3A%2F%2F127.0.0.1%3A3000%2Frelay&code=7-crossover-clockwork');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines.join('')).toMatch(/^[ ▀▄█]+$/);
    expect(lines[0]).toMatch(/^█+$/);
  });
});

describe('what became of what was sent', () => {
  const paint = (_: string, text: string) => text;
  const outcomes = ['delivered', 'queued', 'kept', 'done', 'under-way', 'refused', 'cancelled', 'failed'] as const;

  test.each(outcomes)('%s is a sentence', (outcome) => {
    expect(sentLine({ name: 'desk', outcome, sentence: 'Why.' }, 'none', paint)).toMatch(/^.*desk.*\.$/);
  });

  test('ends with the worst of its codes', () => {
    const of = (...all: (typeof outcomes)[number][]) =>
      exitCodeOf(all.map((outcome) => ({ peerId: '', name: '', outcome, sentence: '' })));
    expect([of('done', 'delivered', 'queued', 'under-way'), of('kept', 'done'), of('kept', 'refused')]).toEqual([
      0, 3, 1,
    ]);
  });
});

test('a connection that is tried again says in how long, and never in no time', () => {
  const state = { is: 'waiting', untilMs: 12_000, why: 'It was lost.', code: 1006 } as const;
  expect([0, 20_000].map((now) => linkSentence(state, now))).toEqual([
    'It was lost. It is tried again in 12 seconds.',
    'It was lost. It is tried again in 1 second.',
  ]);
  expect(linkSentence(state)).toBe('It was lost. It is tried again.');
});

test('a clock that is a day off is told, with its side', () => {
  const day = 24 * 60 * 60 * 1000;
  expect(clockFinding(30_000).is).toBe('well');
  expect(clockFinding(day)).toMatchObject({ is: 'wrong', sentence: expect.stringContaining('24 hours ahead of') });
  expect(clockFinding(-day)).toMatchObject({ is: 'wrong', sentence: expect.stringContaining('24 hours behind') });
});

test('lines break between words where they are too long, but for those that are there to be copied', () => {
  expect(wrappedLines('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrappedLines('\u001b[1mone two\u001b[22m', 8)).toHaveLength(1);
  expect(wrappedLines('  openrelay pair 7-crossover-clockwork', 20)).toEqual([
    '  openrelay pair 7-crossover-clockwork',
  ]);
});
