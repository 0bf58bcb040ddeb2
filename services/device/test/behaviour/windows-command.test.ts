import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { describeWhere } from '@openrelay/testing/describe-where';
import {
  type Branch,
  untilPasted,
  WindowsAppDouble,
} from '../../../../shared/client/test/windows-app/windows-app-double';
import { type Clipboard, type ClipContent, findClipboard } from '../../src/clipboard/index';
import { type Display, startDisplay, whyNoDisplay } from '../clipboard-rig/display';
import { untilHolds } from '../clipboard-rig/machine';
import { blackPng, whitePng } from '../clipboard-rig/small-png';
import { isSentence, Machine } from '../command-rig';

const why = whyNoDisplay('X11');
const legacy = 'legacy: the relay can read this pairing’s key';
const text = (words: string) => ({ is: 'text', text: words }) as const;

describeWhere(why, 'the command and the Windows app', () => {
  let cluster: Cluster;
  let display: Display;
  let laptop: Machine;
  let clipboard: Clipboard;
  const apps = new Map<string, WindowsAppDouble>();
  const holds = (content: ClipContent) => untilHolds(clipboard, content);

  beforeAll(async () => {
    [cluster, display] = await Promise.all([startCluster({ edges: 2, env: unlimited }), startDisplay('X11')]);
    clipboard = await findClipboard(display.env);
    laptop = await new Machine(cluster.edge(0).url).begin('laptop');
    expect((await laptop.run(['up'], '', { env: display.env as Record<string, string> })).code).toBe(0);
  });
  afterAll(async () => {
    for (const app of apps.values()) app.close();
    await laptop?.remove();
    await display?.stop();
    await cluster?.stop();
  });

  async function startApp(name: string, branch: Branch): Promise<WindowsAppDouble> {
    const app = await WindowsAppDouble.start(branch, cluster.edge(1).url, undefined, name);
    apps.set(name, app);
    return app;
  }

  describe.each<Branch>(['main', 'dev'])('of %s', (branch) => {
    test('asked by its id, pairs when its user accepts', async () => {
      const app = await startApp(`asked ${branch}`, branch);
      const { code, stdout, stderr } = await laptop.run(['pair', '--windows', app.id]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('The Windows app shows a question: accept there.');
      expect(stdout).toContain(`This is ${legacy}.`);
      expect(app.dialogs).toEqual(['laptop']);
    });

    test('asking by this device’s id, pairs when the user here says so', async () => {
      const app = await startApp(`asks ${branch}`, branch);
      const pairing = laptop.start(['pair', '--windows']);
      const [, id] = await pairing.says(/In the Windows app, .*and this id:\s+([0-9A-F]{64})\n/s);
      const asked = app.addDevice(id!);
      await pairing.says(/asks to be paired, as legacy: .*\? \(within 25 seconds\) \[y\/N\] /s);
      pairing.answer('y');
      expect(await asked).toBe('stored');
      expect(await pairing.ended).toMatchObject({ code: 0, stdout: expect.stringContaining(`This is ${legacy}.`) });
    });
  });

  test('it is shown as what it is wherever peers are', async () => {
    const clipOf = () => laptop.run(['clip'], '', { env: display.env as Record<string, string> });
    const [peers, status, clip] = await Promise.all([laptop.run(['peers']), laptop.run(['status']), clipOf()]);
    for (const { stdout } of [peers, clip]) expect(stdout.split(legacy)).toHaveLength(apps.size + 1);
    expect(status.stdout).toContain(legacy);
  });

  test('send gives it texts and PNGs, and says that it takes no other files', async () => {
    const sent = await laptop.run(['send', 'asked dev', 'Grüße +']);
    expect(sent).toMatchObject({ code: 0, stdout: `Sent to asked dev. It is ${legacy}.\n` });
    await untilPasted(apps.get('asked dev')!, 'text/plain', Buffer.from('Grüße +'));
    const screenshot = Buffer.concat([blackPng, randomBytes(200_000)]);
    writeFileSync(laptop.path('shot.png'), screenshot);
    expect(await laptop.run(['send', 'asks main', 'shot.png'])).toMatchObject({ code: 0 });
    await untilPasted(apps.get('asks main')!, 'image/png', screenshot);
    writeFileSync(laptop.path('notes.bin'), 'no picture');
    const { code, stdout } = await laptop.run(['send', 'asks dev', 'notes.bin']);
    expect(code).toBe(1);
    expect(stdout).toBe('notes.bin was not sent: asks dev is a Windows app, which takes no files but PNG images.\n');
    expect(isSentence(stdout)).toBe(true);
  });

  test('what is copied on one pastes on the other: texts, images, and what comes in chunks', async () => {
    await clipboard.write(text('from the laptop'));
    for (const app of apps.values()) await untilPasted(app, 'text/plain', Buffer.from('from the laptop'));
    await clipboard.write({ is: 'image', png: whitePng });
    for (const app of apps.values()) await untilPasted(app, 'image/png', whitePng);
    for (const [name, app] of apps) {
      // A device of this branch that it asked itself is never sent anything.
      if (name === 'asks dev' && app.stored.every(({ connection }) => connection === 'Local')) continue;
      app.copy('text/plain', Buffer.from(`from ${name}`));
      await holds(text(`from ${name}`));
    }
    apps.get('asked main')!.copy('text/plain', Buffer.from('x'.repeat(300_000)));
    await holds(text('x'.repeat(300_000)));
    // Of another size than the last one that it was sent, which would be an echo.
    const other = Buffer.from(blackPng).fill(7, 16, 24);
    apps.get('asked dev')!.copy('image/png', other);
    await holds({ is: 'image', png: other });
  });

  test('clip off and on, with and without some, count at once', async () => {
    const clip = (...args: string[]) =>
      laptop.run(['clip', ...args], '', { env: display.env as Record<string, string> });
    const [main, dev] = [apps.get('asked main')!, apps.get('asked dev')!];
    expect((await clip('off')).stdout).toBe('The clipboard is not shared: “openrelay clip on” begins.\n');
    main.copy('text/plain', Buffer.from('while it is off'));
    const only = await clip('on', '--with', 'asked dev');
    expect(only.stdout).toMatch(/^The clipboard is shared with asked dev, through xclip\.\nNot with .*asked main/);
    main.copy('text/plain', Buffer.from('from who takes no part'));
    dev.copy('text/plain', Buffer.from('from who does'));
    await holds(text('from who does'));
    const before = main.pasted.length;
    expect((await clip('on', '--without', 'asked main')).stdout).toContain('Not with asked main.\n');
    await clipboard.write(text('for all but one'));
    await untilPasted(dev, 'text/plain', Buffer.from('for all but one'));
    expect((await clip('--with', 'all')).stdout).not.toContain('Not with');
    await clipboard.write(text('for all'));
    await untilPasted(main, 'text/plain', Buffer.from('for all'));
    expect(main.pasted).toHaveLength(before + 1);
    expect(await clip('on', '--with', 'a', '--without', 'b')).toMatchObject({ code: 2 });
    expect(await clip('sideways')).toMatchObject({ code: 2 });
    expect((await clip('on', '--with', 'nobody')).stderr).toMatch(/^No device of the name “nobody”/);
  });
});
