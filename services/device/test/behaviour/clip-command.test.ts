import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { describeWhere } from '@openrelay/testing/describe-where';
import { type Clipboard, findClipboard } from '../../src/clipboard/index';
import { type Display, type DisplayKind, startDisplay, whyNoDisplay } from '../clipboard-rig/display';
import { untilHolds } from '../clipboard-rig/machine';
import { whitePng } from '../clipboard-rig/small-png';
import { Machine } from '../command-rig';

type Desktop = { readonly machine: Machine; readonly display: Display; readonly clipboard: Clipboard };

const why = whyNoDisplay('X11') ?? whyNoDisplay('Wayland');
const text = (words: string) => ({ is: 'text', text: words }) as const;

describeWhere(why, 'two machines by their commands, X11 and Wayland', () => {
  let cluster: Cluster;
  const desktops: Desktop[] = [];

  async function startDesktop(name: string, kind: DisplayKind, relayUrl: string): Promise<Desktop> {
    const display = await startDisplay(kind);
    const machine = new Machine(relayUrl);
    const desktop = { machine, display, clipboard: await findClipboard(display.env) };
    desktops.push(desktop);
    await machine.begin(name);
    return desktop;
  }

  function run({ machine, display }: Desktop, ...args: string[]) {
    return machine.run(args, '', { env: display.env as Record<string, string> });
  }

  beforeAll(async () => {
    cluster = await startCluster({ edges: 2, env: unlimited });
  });
  afterAll(async () => {
    await Promise.all(desktops.map(({ machine }) => machine.remove()));
    await Promise.all(desktops.map(({ display }) => display.stop()));
    await cluster?.stop();
  });

  test('after “openrelay pair” and “openrelay up” on both, what is copied on one pastes on the other', async () => {
    const [laptop, desk] = await Promise.all([
      startDesktop('laptop', 'X11', cluster.edge(0).url),
      startDesktop('desk', 'Wayland', cluster.edge(1).url),
    ]);
    const host = laptop.machine.start(['pair']);
    const [, code] = await host.says(/openrelay pair (\d+-[a-z]+-[a-z]+)/);
    expect((await run(desk, 'pair', code!)).code).toBe(0);
    expect((await host.ended).code).toBe(0);
    for (const desktop of desktops) expect((await run(desktop, 'up')).code).toBe(0);
    expect((await run(laptop, 'clip')).stdout).toContain('The clipboard is shared with desk, through xclip.');
    expect((await run(desk, 'clip')).stdout).toContain('The clipboard is shared with laptop, through wl-clipboard.');
    const { code: finding, stdout: found } = await run(laptop, 'doctor');
    expect({ finding, wrong: found.match(/^(note|wrong) .*/gm) }).toEqual({ finding: 0, wrong: null });
    for (const well of ['The agent runs', 'The clock agrees', 'This device registers', 'through xclip']) {
      expect(found).toContain(well);
    }

    await laptop.clipboard.write(text('copied on the laptop'));
    await untilHolds(desk.clipboard, text('copied on the laptop'));
    await desk.clipboard.write({ is: 'image', png: whitePng });
    await untilHolds(laptop.clipboard, { is: 'image', png: whitePng });
  }, 120_000);
});
