import { Device, type DeviceMessage, MemoryStore } from '@openrelay/client';
import { eventually } from '@openrelay/launch';
import WebSocket from 'ws';
import {
  type Clipboard,
  type ClipContent,
  type ClipEvent,
  type ClipSharing,
  clipboardExtension,
  findClipboard,
} from '../../src/clipboard/index';
import type { ClipTaker } from '../../src/holding/extension';
import { type Display, type DisplayKind, startDisplay } from './display';

/** A device with a display of its own. */
export type ClipMachine = {
  readonly device: Device;
  readonly display: Display;
  readonly clipboard: Clipboard;
  readonly events: ClipEvent[];
  /** Texts that were no clips. */
  readonly read: string[];
  /** In its agent's log. */
  readonly said: string[];
  sharing: ClipSharing;
  copy(content: ClipContent): Promise<void>;
  /** Resolves when its clipboard holds this. */
  holds(content: ClipContent): Promise<void>;
  sent(): number;
  close(): Promise<void>;
};

export async function startClipMachine(name: string, kind: DisplayKind, relayUrl: string): Promise<ClipMachine> {
  const display = await startDisplay(kind);
  let clips: ClipTaker | undefined;
  const device = await Device.open({
    relayUrl,
    name,
    store: new MemoryStore(),
    WebSocket,
    files: { openSink: async (record) => clips!.sink(record) },
  });
  const [events, read, said]: [ClipEvent[], string[], string[]] = [[], [], []];
  const clipboard = await findClipboard(display.env);
  const machine = {
    device,
    display,
    clipboard,
    events,
    read,
    said,
    sharing: { mode: 'on', takesPart: () => true } as ClipSharing,
    copy: (content: ClipContent) => clipboard.write(content),
    holds: (content: ClipContent) => untilHolds(clipboard, content),
    sent: () => events.filter((event) => event.name === 'sent').length,
  };
  const extension = clipboardExtension({
    env: display.env,
    sharing: async () => machine.sharing,
    onEvent: (event) => void events.push(event),
  });
  const running = await extension.start({ device, log: (sentence) => void said.push(sentence) });
  clips = running.clips;
  device.on('offer', (offer) => void clips!.offered(offer));
  device.onMessage(async (message: DeviceMessage) => {
    if ((await running.message?.(message)) !== 'taken' && 'text' in message.content) read.push(message.content.text);
  });
  await device.link.untilConnected();
  const close = async (): Promise<void> => {
    await running.stop();
    await device.close();
    await display.stop();
  };
  return Object.assign(machine, { close });
}

/** What serves a clipboard does so a moment after its command has ended. */
export async function untilHolds(clipboard: Clipboard, content: ClipContent): Promise<void> {
  await eventually(
    async () => {
      const held = await clipboard.read();
      if (!isSame(held as ClipContent, content)) throw new Error(`It holds ${held.is}, and other content.`);
    },
    { timeoutMs: 30_000 },
  );
}

function isSame(one: ClipContent, other: ClipContent): boolean {
  if (one.is === 'image' && other.is === 'image') return Buffer.from(one.png).equals(other.png);
  return one.is === 'text' && other.is === 'text' && one.text === other.text;
}

export async function pairClips(one: ClipMachine, other: ClipMachine): Promise<void> {
  const ask = async () => 'trust' as const;
  const { text, paired } = await one.device.pairing.hostCode({ ask });
  await other.device.pairing.joinCode(text, { ask });
  await paired;
}
