import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, runToEnd } from '@openrelay/launch';
import { describeWhere } from '@openrelay/testing/describe-where';
import { xselClipboard } from '../../src/clipboard/clipboard-xsel';
import { type Clipboard, findClipboard, type Held, mostClipBytes } from '../../src/clipboard/index';
import { type Display, type DisplayKind, startDisplay, whyNoDisplay } from '../clipboard-rig/display';
import { blackPng } from '../clipboard-rig/small-png';

/** As a password manager's own window does it; `sh`, since what serves the clipboard goes on in the background. */
const copyConcealed = {
  X11: 'printf secret | xclip -selection clipboard -i -t x-kde-passwordManagerHint >/dev/null 2>&1',
  Wayland: 'printf secret | wl-copy --type x-kde-passwordManagerHint >/dev/null 2>&1',
};
const copyPaths = {
  X11: 'printf file:///etc/hosts | xclip -selection clipboard -i -t text/uri-list >/dev/null 2>&1',
  Wayland: 'printf file:///etc/hosts | wl-copy --type text/uri-list >/dev/null 2>&1',
};

for (const kind of ['X11', 'Wayland'] as const)
  describeWhere(whyNoDisplay(kind), `the clipboard of ${kind}`, () => testsOf(kind));

function testsOf(kind: DisplayKind): void {
  let display: Display;
  let clipboard: Clipboard;
  beforeAll(async () => {
    display = await startDisplay(kind);
    clipboard = await findClipboard(display.env, 'linux');
  });
  afterAll(() => display?.stop());

  const shell = (text: string) => runToEnd(['sh', '-c', text], { env: display.env });
  /** What serves a clipboard does so a moment after its command has ended. */
  const holds = (held: Held) => eventually(async () => expect(await clipboard.read()).toEqual(held));

  test('holds nothing at first', async () => {
    expect(await clipboard.read()).toEqual({ is: 'nothing', why: 'empty' });
  });

  test('gives what was copied, text and images alike', async () => {
    await clipboard.write({ is: 'text', text: 'Grüße\r\n 👋\n' });
    await holds({ is: 'text', text: 'Grüße\r\n 👋\n' });
    await clipboard.write({ is: 'image', png: blackPng });
    await eventually(async () => expect(await clipboard.read()).toMatchObject({ is: 'image' }));
    const held = await clipboard.read();
    expect(held.is === 'image' && Buffer.from(held.png).equals(blackPng)).toBe(true);
  });

  test('a large text comes whole, and one above all bounds is not read', async () => {
    await clipboard.write({ is: 'text', text: 'x'.repeat(1_000_000) });
    await eventually(async () => expect(await clipboard.read()).toMatchObject({ is: 'text' }));
    const held = await clipboard.read();
    expect(held.is === 'text' && held.text.length).toBe(1_000_000);
    await clipboard.write({ is: 'text', text: 'x'.repeat(mostClipBytes + 1) });
    const why = async () => {
      const now = await clipboard.read();
      return now.is === 'nothing' ? now.why : now.is;
    };
    await eventually(async () => expect(await why()).toBe('too-large'));
  });

  test('what a password manager marks, and files, are not read', async () => {
    await shell(copyConcealed[kind]);
    await holds({ is: 'nothing', why: 'concealed' });
    await shell(copyPaths[kind]);
    await holds({ is: 'nothing', why: 'other' });
  });

  test('tells of each change, and of none when it was told to stop', async () => {
    let changes = 0;
    const failures: Error[] = [];
    const watch = clipboard.watch(
      () => {
        changes += 1;
      },
      (error) => failures.push(error),
    );
    // It listens from some moment on.
    let copies = 0;
    await eventually(async () => {
      copies += 1;
      await clipboard.write({ is: 'text', text: `copy ${copies}` });
      expect(changes).toBeGreaterThan(0);
    });
    await holds({ is: 'text', text: `copy ${copies}` });
    const before = changes;
    await clipboard.write({ is: 'text', text: 'one more' });
    await eventually(() => expect(changes).toBeGreaterThan(before));
    watch.stop();
    const after = changes;
    await clipboard.write({ is: 'text', text: 'the last' });
    await holds({ is: 'text', text: 'the last' });
    expect(changes).toBe(after);
    expect(failures).toEqual([]);
  });

  if (kind === 'X11') {
    test('xsel reads and sets text, and no images', async () => {
      const xsel = xselClipboard(display.env);
      await xsel.write({ is: 'text', text: 'by xsel' });
      await holds({ is: 'text', text: 'by xsel' });
      expect(await xsel.read()).toEqual({ is: 'text', text: 'by xsel' });
      await expect(xsel.write({ is: 'image', png: blackPng })).rejects.toThrow('install xclip');
    });
  }
}

test('a machine without a display or without tools is told what is missing', async () => {
  await expect(findClipboard({ PATH: process.env.PATH }, 'linux')).rejects.toThrow('There is no clipboard here');
  await expect(findClipboard({ PATH: '/nowhere', DISPLAY: ':0' }, 'linux')).rejects.toThrow('install xclip');
  const wayland = { PATH: '/nowhere', WAYLAND_DISPLAY: 'wayland-0' };
  await expect(findClipboard(wayland, 'linux')).rejects.toThrow('install wl-clipboard');
});
