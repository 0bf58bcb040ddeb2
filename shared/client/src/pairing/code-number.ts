import type { RandomBytes } from '../crypto/index';
import { maxCodeNumber, rendezvousId, rendezvousKey } from './code/pairing-code';
import { PairingError } from './exchange/pairing-error';
import { probeFrame } from './exchange/pairing-frames';
import type { OpenTemporaryLink, PairingLink, TemporaryLink } from './exchange/pairing-link';

/**
 * Short numbers are easy to say; longer ones are for relays where these are taken. The ids of all are known, and a stranger may
 * claim them: 9,999 within seconds, ten million in hours (an edge takes 500 new connections a second).
 */
const tries: readonly number[] = [99, 999, 9_999, maxCodeNumber].flatMap((largest) => [largest, largest, largest]);

export type NumberSearch = {
  readonly link: PairingLink;
  readonly openTemporary: OpenTemporaryLink;
  readonly random: RandomBytes;
  /** For the answer to whether a number is taken. */
  readonly waitMs: number;
};

/**
 * A number under which nobody waited, and the connection that waits there now. Each that is asked for costs one request. Rejects
 * with a PairingError, or with what kept the connection from coming about.
 */
export async function takeCodeNumber(search: NumberSearch): Promise<{ number: number; link: TemporaryLink }> {
  for (const largest of tries) {
    const number = randomNumber(largest, search.random);
    const id = rendezvousId(number);
    if ((await probe(search.link, id, search.waitMs)) === 'taken') continue;
    const link = await search.openTemporary(id, () => rendezvousKey(number)).catch(unlessTaken);
    if (link !== 'taken') return { number, link };
  }
  throw new PairingError('no-number');
}

function unlessTaken(error: unknown): 'taken' {
  if (error instanceof PairingError && error.code === 'number-taken') return 'taken';
  throw error;
}

/** From 1, each as likely within a quarter of a percent, which keeps nothing secret. */
function randomNumber(largest: number, random: RandomBytes): number {
  return 1 + (new DataView(random(4).buffer).getUint32(0) % largest);
}

/** Whoever waits there answers at once. The relay's 404 says that nobody does, and silence that nobody of this project does. */
function probe(link: PairingLink, id: string, waitMs: number): Promise<'free' | 'taken'> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      stop();
      clearTimeout(timer);
      end();
    };
    const timer = setTimeout(() => finish(() => resolve('free')), waitMs);
    const stop = link.listen({
      auth: (senderId) => senderId.toUpperCase() === id && finish(() => resolve('taken')),
      refused: (code) => finish(() => (code === 404 ? resolve('free') : reject(new PairingError('relay-refused')))),
      closed: () => finish(() => reject(new PairingError('lost'))),
    });
    try {
      link.sendAuth(id, probeFrame);
    } catch {
      finish(() => reject(new PairingError('lost')));
    }
  });
}
