import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Device, type DeviceMessage, MemoryStore } from '@openrelay/client';
import { type Cluster, eventually, startCluster, unlimited } from '@openrelay/launch';
import WebSocket from 'ws';
import { type Clipboard, type ClipEvent, clipboardExtension, findClipboard } from '../../src/clipboard/index';
import { type Display, type DisplayKind, startDisplay, whyNoDisplay } from '../clipboard-rig/display';
import { blackPng, whitePng } from '../clipboard-rig/small-png';

type Machine = {
  readonly device: Device;
  readonly clipboard: Clipboard;
  readonly events: ClipEvent[];
  readonly read: string[];
  close(): Promise<void>;
};

/** A device with a display of its own, on one of the edges. */
async function startMachine(name: string, kind: DisplayKind, relayUrl: string): Promise<Machine> {
  const display: Display = await startDisplay(kind);
  const device = await Device.open({ relayUrl, name, store: new MemoryStore(), WebSocket });
  const [events, read]: [ClipEvent[], string[]] = [[], []];
  const extension = clipboardExtension({ env: display.env, onEvent: (event) => events.push(event) });
  const running = await extension.start({ device, log: () => {} });
  device.onMessage(async (message: DeviceMessage) => {
    if ((await running.message?.(message)) !== 'taken' && 'text' in message.content) read.push(message.content.text);
  });
  await device.link.untilConnected();
  const close = async (): Promise<void> => {
    await running.stop();
    await device.close();
    await display.stop();
  };
  return { device, clipboard: await findClipboard(display.env), events, read, close };
}

async function pair(one: Device, other: Device): Promise<void> {
  const ask = async () => 'trust' as const;
  const { text, paired } = await one.pairing.hostCode({ ask });
  await other.pairing.joinCode(text, { ask });
  await paired;
}

const why = whyNoDisplay('X11') ?? whyNoDisplay('Wayland');
const describeHere = why === undefined ? describe : describe.skip;

describeHere(`two machines on two edges, X11 and Wayland${why === undefined ? '' : ` (left out: ${why})`}`, () => {
  let cluster: Cluster;
  let laptop: Machine;
  let desk: Machine;
  beforeAll(async () => {
    cluster = await startCluster({ edges: 2, env: unlimited });
    [laptop, desk] = await Promise.all([
      startMachine('laptop', 'X11', cluster.edge(0).url),
      startMachine('desk', 'Wayland', cluster.edge(1).url),
    ]);
    await pair(laptop.device, desk.device);
  });
  afterAll(async () => {
    await Promise.all([laptop?.close(), desk?.close()]);
    await cluster?.stop();
  });

  const holds = ({ clipboard }: Machine, held: object) =>
    eventually(async () => expect(await clipboard.read()).toEqual(held), { timeoutMs: 30_000 });
  const sent = ({ events }: Machine) => events.filter(({ name }) => name === 'sent').length;

  test('copying on one pastes on the other, both ways, and nothing comes back', async () => {
    await laptop.clipboard.write({ is: 'text', text: 'from the laptop' });
    await holds(desk, { is: 'text', text: 'from the laptop' });
    await desk.clipboard.write({ is: 'text', text: 'from the desk' });
    await holds(laptop, { is: 'text', text: 'from the desk' });
    await laptop.clipboard.write({ is: 'image', png: blackPng });
    await holds(desk, { is: 'image', png: blackPng });
    await desk.clipboard.write({ is: 'image', png: whitePng });
    await holds(laptop, { is: 'image', png: whitePng });
    await laptop.clipboard.write({ is: 'text', text: 'the last' });
    await holds(desk, { is: 'text', text: 'the last' });
    expect([sent(laptop), sent(desk)]).toEqual([3, 2]);
  });

  test('a message that is no clip is left to others', async () => {
    await laptop.device.send(desk.device.identity.id, { text: 'hello' });
    await eventually(() => expect(desk.read).toEqual(['hello']));
    expect(await desk.clipboard.read()).toEqual({ is: 'text', text: 'the last' });
  });

  test('both come to the same when they copy at once', async () => {
    await Promise.all([
      laptop.clipboard.write({ is: 'text', text: 'either this' }),
      desk.clipboard.write({ is: 'text', text: 'or that' }),
    ]);
    // A third copy is after both.
    await eventually(async () => {
      const [one, other] = await Promise.all([laptop.clipboard.read(), desk.clipboard.read()]);
      expect(one).toEqual(other);
      expect([sent(laptop), sent(desk)]).toEqual([4, 3]);
    });
  });
});
