import type { LinkState } from '../connection/index';
import type { IntroductionEvent } from '../introductions/index';
import type { Peer } from '../peers/index';
import type { SessionEvent } from '../sessions/index';
import type { Finished, IncomingRecord, Progress } from '../transfers/index';
import type { WindowsAppEvent } from '../windows-app/index';

/** What can happen to a device besides messages (`onMessage`). Whatever has a `sentence` is to be shown to its user. */
export type DeviceEvents = {
  link: LinkState;
  paired: Peer;
  /** A peer's notice that it does not know this device any more. */
  forgotten: { readonly peer: Peer; readonly messageId: string; readonly sentence: string };
  session: SessionEvent;
  introduction: IntroductionEvent;
  windowsApp: WindowsAppEvent;
  /** To be answered with `accept` or `refuse`, now or later. */
  offer: IncomingRecord;
  progress: Progress;
  finished: Finished;
  /** The minute's limits are used up: what is to be sent waits until then (Unix ms). */
  paced: { readonly untilMs: number };
  /**
   * What a handler threw, or what went wrong in the background. A message whose handler threw comes again, and first: what the
   * same peer sent after it waits. See `Device.onMessage` for how often.
   */
  handlerFailed: unknown;
};

export type DeviceEventName = keyof DeviceEvents;
