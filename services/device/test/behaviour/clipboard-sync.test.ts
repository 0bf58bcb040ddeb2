import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, eventually, runToEnd, startCluster, unlimited } from '@openrelay/launch';
import { describeWhere } from '@openrelay/testing/describe-where';
import { whyNoDisplay } from '../clipboard-rig/display';
import { type ClipMachine, pairClips, startClipMachine } from '../clipboard-rig/machine';
import { blackPng, whitePng } from '../clipboard-rig/small-png';

const why = whyNoDisplay('X11') ?? whyNoDisplay('Wayland');

const text = (words: string) => ({ is: 'text', text: words }) as const;
const image = (png: Uint8Array) => ({ is: 'image', png }) as const;

describeWhere(why, 'two machines on two edges, X11 and Wayland', () => {
  let cluster: Cluster;
  let laptop: ClipMachine;
  let desk: ClipMachine;
  beforeAll(async () => {
    cluster = await startCluster({ edges: 2, env: unlimited });
    laptop = await startClipMachine('laptop', 'X11', cluster.edge(0).url);
    desk = await startClipMachine('desk', 'Wayland', cluster.edge(1).url);
    await pairClips(laptop, desk);
  });
  afterAll(async () => {
    await Promise.all([laptop?.close(), desk?.close()]);
    await cluster?.stop();
  });

  /** What each has sent since then. */
  const counting = () => {
    const before = [laptop.sent(), desk.sent()];
    return () => [laptop.sent() - before[0]!, desk.sent() - before[1]!];
  };

  test('copying on one pastes on the other, both ways, and nothing comes back', async () => {
    const sent = counting();
    await laptop.copy(text('from the laptop'));
    await desk.holds(text('from the laptop'));
    await desk.copy(text('from the desk'));
    await laptop.holds(text('from the desk'));
    await laptop.copy(image(blackPng));
    await desk.holds(image(blackPng));
    await desk.copy(image(whitePng));
    await laptop.holds(image(whitePng));
    await laptop.copy(text('the last'));
    await desk.holds(text('the last'));
    expect(sent()).toEqual([3, 2]);
  });

  test('a message that is no clip is left to others', async () => {
    await laptop.device.send(desk.device.identity.id, { text: 'hello' });
    await eventually(() => expect(desk.read).toEqual(['hello']));
  });

  test('both come to the same when they copy at once', async () => {
    await Promise.all([laptop.copy(text('either this')), desk.copy(text('or that'))]);
    await eventually(async () => {
      const [one, other] = await Promise.all([laptop.clipboard.read(), desk.clipboard.read()]);
      expect(one).toEqual(other);
      expect(one).toMatchObject({ is: 'text', text: expect.stringMatching(/either this|or that/) });
    });
  });

  test('a screenshot of 3 MB arrives whole, and is no file there', async () => {
    const screenshot = Buffer.concat([blackPng, randomBytes(3_000_000)]);
    await laptop.copy(image(screenshot));
    await desk.holds(image(screenshot));
    expect(laptop.said).toContainEqual(
      expect.stringMatching(/^An image of 3\.0 MB goes to the clipboard of desk in parts\.$/),
    );
    // And what is copied while one is on its way takes its place.
    await desk.copy(image(Buffer.concat([whitePng, randomBytes(8_000_000)])));
    await eventually(() => expect(desk.events).toContainEqual(expect.objectContaining({ name: 'begun' })));
    await desk.copy(text('something newer'));
    await laptop.holds(text('something newer'));
    await eventually(async () => expect(await laptop.device.transfers.incomingList()).toEqual([]));
  });

  test('what a password manager marks goes nowhere', async () => {
    const sent = counting();
    const mark = 'printf secret | wl-copy --type x-kde-passwordManagerHint >/dev/null 2>&1';
    await runToEnd(['sh', '-c', mark], { env: desk.display.env });
    await eventually(() => expect(desk.events.at(-1)).toEqual({ name: 'skipped', why: 'concealed' }));
    await desk.copy(text('no secret'));
    await laptop.holds(text('no secret'));
    expect(sent()).toEqual([0, 1]);
  });

  test('who takes no part gets nothing, and sets nothing', async () => {
    laptop.sharing = { mode: 'on', takesPart: ({ id }) => id !== desk.device.identity.id };
    await desk.copy(text('not for the laptop'));
    await laptop.copy(text('not for the desk'));
    await eventually(() => expect(laptop.events.at(-1)).toMatchObject({ name: 'sent', peers: 0 }));
    laptop.sharing = { mode: 'on', takesPart: () => true };
    await desk.copy(text('for both'));
    await laptop.holds(text('for both'));
    expect(await desk.clipboard.read()).toEqual(text('for both'));
  });

  test('an X server that dies is told of once, and its clipboard is shared again when it is back', async () => {
    await laptop.display.restart();
    await eventually(async () => {
      await laptop.copy(text('after the restart'));
      expect(await desk.clipboard.read()).toEqual(text('after the restart'));
    });
    expect(laptop.said.filter((sentence) => sentence.includes('is not there'))).toHaveLength(1);
    await desk.copy(text('and back'));
    await laptop.holds(text('and back'));
  });

  test('of many copies the last one arrives, and few of the others are sent', async () => {
    const sent = counting();
    const before = laptop.events.length;
    const startedAt = performance.now();
    const many = 'for copy in $(seq 40); do wl-copy "copy $copy" >/dev/null 2>&1; done';
    await runToEnd(['sh', '-c', many], { env: desk.display.env });
    await desk.copy(text('the last of many'));
    await laptop.holds(text('the last of many'));
    const set = laptop.events.slice(before).filter(({ name }) => name === 'set').length;
    // Twenty at once, and one every other second after that.
    expect(set).toBeLessThanOrEqual(21 + (performance.now() - startedAt) / 2_000);
    expect(sent()[0]).toBe(0);
  });
});
