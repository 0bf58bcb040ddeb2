import { type Device, shownName } from '@openrelay/client';
import { failureOf } from '../failures/failure-of';
import { relayAway } from '../holding/held-device';
import { instantText } from '../terminal/units';
import type { Work } from './work';
import type { SentView } from './works';

type Reached = Pick<SentView, 'outcome' | 'sentence'>;

export const sendText: Work<'send-text'> = async ({ held }, { peerIds, text, waitMs }) => {
  const device = await held.device();
  let pausedUntilMs: number | undefined;
  const stop = device.on('paced', ({ untilMs }) => {
    pausedUntilMs = untilMs;
  });
  const late = AbortSignal.timeout(waitMs);
  const keptBecause = (): string => {
    if (device.link.state.is !== 'connected') return relayAway(device, held.relay);
    const until = pausedUntilMs === undefined ? '' : ` until ${instantText(pausedUntilMs)}`;
    return `The relay’s limits for this minute are used up${until}.`;
  };
  try {
    const sent = peerIds.map(async (peerId) => ({
      peerId,
      name: nameOf(device, peerId),
      ...(await sendTo(device, peerId, text, late, keptBecause)),
    }));
    return { sent: await Promise.all(sent) };
  } finally {
    stop();
  }
};

async function sendTo(
  device: Device,
  peerId: string,
  text: string,
  late: AbortSignal,
  keptBecause: () => string,
): Promise<Reached> {
  const kept = new Promise<Reached>((resolve) => {
    late.addEventListener('abort', () => resolve({ outcome: 'kept', sentence: keptBecause() }), { once: true });
  });
  const sent = device.send(peerId, { text }).then(
    ({ status }): Reached => ({ outcome: status ?? 'queued', sentence: '' }),
    (error: unknown): Reached => ({ outcome: 'failed', sentence: failureOf(error).message }),
  );
  return Promise.race([sent, kept]);
}

function nameOf(device: Device, peerId: string): string {
  const peer = device.peers.get(peerId);
  return peer === undefined ? peerId.slice(0, 8) : shownName(peer);
}
