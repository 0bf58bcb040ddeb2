import type { Device, DeviceMessage } from '@openrelay/client';

/** What an extension sees of the device that it lives beside. */
type Beside = {
  /** Open and connecting. The same until the extension is stopped. */
  readonly device: Device;
  /** A line in the agent's log. A sentence, without what must stay secret. */
  log(sentence: string): void;
};

export type RunningExtension = {
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
