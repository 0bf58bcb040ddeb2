import type { Device } from '@openrelay/client';
import { failureOf } from '../failures/failure-of';
import { nameOfPeer } from '../holding/device-names';
import type { HeldDevice } from '../holding/held-device';
import { instantText } from '../terminal/units';
import { refusalsThatCount, refusedSentence } from './refused-sentence';
import type { Work } from './work';
import type { SentView } from './works';

type Reached = Pick<SentView, 'outcome' | 'sentence'>;

export const sendText: Work<'send-text'> = async ({ held }, { peerIds, text, waitMs }, { cancelled }) => {
  const device = await held.wokenDevice();
  cancelled.throwIfAborted();
  const late = AbortSignal.any([AbortSignal.timeout(waitMs), cancelled]);
  const sent = peerIds.map(async (peerId) => {
    const kept = untilKept(held, device, peerId, late);
    const reached = await Promise.race([sendTo(device, peerId, text), kept]);
    return { peerId, name: nameOfPeer(device.peers, peerId), ...reached };
  });
  return { sent: await Promise.all(sent) };
};

function sendTo(device: Device, peerId: string, text: string): Promise<Reached> {
  return device.send(peerId, { text }).then(
    ({ status }): Reached => ({ outcome: status ?? 'queued', sentence: '' }),
    (error: unknown): Reached => ({ outcome: 'failed', sentence: failureOf(error).message }),
  );
}

/** When whoever asked need not wait any longer, with the reason. */
function untilKept(held: HeldDevice, device: Device, peerId: string, late: AbortSignal): Promise<Reached> {
  return new Promise((resolve) => {
    let pausedUntilMs: number | undefined;
    const stops = [
      device.on('paced', ({ untilMs }) => {
        pausedUntilMs = untilMs;
      }),
      device.outbox.on('delayed', () => {
        if ((device.outbox.delayOf(peerId)?.times ?? 0) >= refusalsThatCount) end();
      }),
    ];
    function end(): void {
      for (const stop of stops) stop();
      const isApp = device.peers.get(peerId)?.kind === 'legacy';
      const failed = `${reason()} Nothing is kept for a Windows app: send it again then.`;
      resolve(isApp ? { outcome: 'failed', sentence: failed } : { outcome: 'kept', sentence: reason() });
    }
    function reason(): string {
      const refusal = device.outbox.delayOf(peerId)?.error;
      if (device.link.state.is !== 'connected') return held.relayAway(device);
      if (refusal !== undefined) return refusedSentence(nameOfPeer(device.peers, peerId), refusal);
      const until = pausedUntilMs === undefined ? '' : ` until ${instantText(pausedUntilMs)}`;
      return `The relay’s limits for this minute are used up${until}.`;
    }
    late.addEventListener('abort', end, { once: true });
    if (late.aborted) end();
  });
}
