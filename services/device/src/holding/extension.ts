import type { Device, DeviceMessage, IncomingRecord, Sink } from '@openrelay/client';
import type { Log } from './log';

/** What an extension sees of the device that it lives beside. */
type Beside = {
  /** Open and connecting. The same until the extension is stopped. */
  readonly device: Device;
  /** A line in the agent's log. A sentence, without what must stay secret. */
  readonly log: Log;
};

/** Takes the transfers that are for a clipboard, and are no files. */
export type ClipTaker = {
  /** Accepts or refuses it. */
  offered(offer: IncomingRecord): Promise<void>;
  /** Where one that was accepted goes. */
  sink(record: IncomingRecord): Promise<Sink>;
};

export type RunningExtension = {
  readonly clips?: ClipTaker | undefined;
  /** Called with each message before it counts as received; `taken` keeps it from there. May be called again with the same. */
  readonly message?: ((message: DeviceMessage) => Promise<'taken' | 'passed on'>) | undefined;
  stop(): Promise<void>;
};

/** Lives beside the device while the agent runs, such as what watches the clipboard. */
export type Extension = {
  readonly name: string;
  /** Called when the device was opened, also after this device got another name. */
  start(beside: Beside): Promise<RunningExtension>;
};
