import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AgentLog } from '../../src/agent/agent-log';
import { greetAgent } from '../../src/control/agent-connection';
import { withName } from '../../src/holding/device-names';
import { ReceivedItems } from '../../src/holding/received-items';
import { saveImage } from '../../src/holding/save-image';
import { run } from '../../src/program';
import { Voice } from '../../src/session/voice';
import { stillWorld } from '../still-world';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-hostile-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Line feeds aside. */
const moving = /(?!\n)[\p{Cc}\u202E]/u;
/** Clears the screen, sets the window's title, and the same in one byte. */
const escapes = 'Busy.\u001b[2J\u001b]0;owned\u0007\u009b2Jand \u202Ethat';

describe('what a peer or a relay says', () => {
  const output = () => {
    const written: string[] = [];
    const write = (text: string): void => void written.push(text);
    return { written, output: { write, isTerminal: true, columns: () => 80, colours: 'yes' as const } };
  };

  test('moves nothing on the terminal, whatever sentence it is part of', () => {
    const { written, output: out } = output();
    const voice = new Voice(out, out, 'text');
    voice.say(`relay  not connected. ${escapes}`);
    voice.warn(escapes);
    voice.show({}, () => [escapes]);
    voice.say(voice.paint('green', 'Paired.'));
    expect(written.join('').replaceAll('\u001b[32mPaired.\u001b[39m', '')).not.toMatch(moving);
    expect(written.join('')).toContain('\u001b[32mPaired.\u001b[39m');
  });

  test('is as harmless in the log', () => {
    const file = join(folder, 'agent.log');
    new AgentLog(file, () => 0).write(escapes);
    expect(readFileSync(file, 'utf8')).not.toMatch(moving);
  });

  test('is as harmless where a command ends by it', async () => {
    const { written, output: out } = output();
    const folders = { ...stillWorld().folders, socket: join(folder, 'none') };
    const world = stillWorld({ folders, stdout: out, stderr: out });
    expect(await run(['receive', '--last', escapes], world)).toBe(2);
    expect(written.join('')).toContain('Busy.');
    expect(written.join('')).not.toMatch(moving);
  });

  test('is put into a sentence as it is', () => {
    expect(withName('ABCDEF01 is away.', 'ABCDEF0123', "$'$&")).toBe("$'$& is away.");
  });
});

describe('a message id that two senders use', () => {
  const messageId = '01234567-89ab-4def-8123-456789abcdef';
  const text = (from: string, words: string) => ({
    at: 1,
    from,
    name: from,
    messageId,
    kind: 'text' as const,
    text: words,
  });

  test('is of two messages: who knows the id of another’s beforehand can’t make it vanish', async () => {
    const items = new ReceivedItems(join(folder, 'received.jsonl'));
    await items.add({ ...text('EVIL', messageId), messageId: 'other' });
    await items.add(text('EVIL', 'first'));
    await items.add(text('FRIEND', 'Keep the door closed.'));
    await items.add(text('FRIEND', 'Keep the door closed.'));
    expect((await items.last(10)).map(({ from }) => from)).toEqual(['EVIL', 'EVIL', 'FRIEND']);
  });

  test('is of two images', async () => {
    const image = (words: string) => ({ image: Buffer.from(words), mime: 'image/png', messageId });
    const first = await saveImage(folder, { ...image('friend'), from: 'FRIEND' });
    const second = await saveImage(folder, { ...image('evil'), from: 'EVIL' });
    const again = await saveImage(folder, { ...image('friend'), from: 'FRIEND' });
    expect([readFileSync(first, 'utf8'), readFileSync(second, 'utf8'), again]).toEqual(['friend', 'evil', first]);
  });
});

test('a socket in a folder that is not this user’s is not spoken to, as where paths are long and it is a temporary one', async () => {
  const theirs = join(folder, 'theirs');
  mkdirSync(theirs);
  const asked: unknown[] = [];
  const server = createServer((socket) => {
    asked.push('connected');
    socket.end(`${JSON.stringify({ openrelay: 1, version: '1', pid: 1, relay: 'ws://evil' })}\n`);
  });
  await new Promise<void>((resolve) => server.listen(join(theirs, 'agent.sock'), resolve));
  try {
    // Whoever comes first has the name in a folder that all may write to; a link needs no second user here.
    symlinkSync(theirs, join(folder, 'link'));
    await expect(greetAgent(join(folder, 'link', 'agent.sock'))).rejects.toThrow('is not a folder of this user');
    expect(asked).toEqual([]);
    writeFileSync(join(folder, 'none'), '');
    expect(await greetAgent(join(folder, 'nowhere', 'agent.sock'))).toBeUndefined();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
