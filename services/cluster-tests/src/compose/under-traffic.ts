import { Fleet, type Verdict } from '../fleet';
import { longestAbsenceMs } from './absence';

export type Passage = {
  readonly figures: Verdict['figures'];
  /** The longest that a device was without a connection, in ms; its own pause before it comes back counts. */
  readonly longestAbsenceMs: number;
};

const devices = 40;
/** As of devices that are far away, and of a test machine that is busy. */
const habits = { pauseMs: [50, 500], ackAfterMs: [0, 100], handshakeTimeoutMs: 5000, heartbeatMs: 10_000 } as const;
const traffic = {
  messagesPerSecond: 100,
  dataBytes: [64, 16 * 1024],
  departuresPerSecond: 0.5,
  shortLivedOneIn: 0,
} as const;
const settleMs = 60_000;
/** Edges leave when their number shrinks, and when they are updated. */
const expectedCloses = [1012];
/** Before and after what happens: that the traffic flows, and flows again. */
const someMessages = 100;
const progressMs = 60_000;

/** @throws Error when a promise was broken while it happened */
export async function underTraffic(url: string, happen: (fleet: Fleet) => Promise<unknown>): Promise<Passage> {
  const seed = Date.now() % 2 ** 32;
  const fleet = await Fleet.start({ edges: [url], seed, devices, habits, traffic, settleMs, expectedCloses });
  try {
    await fleet.progress(someMessages, progressMs);
    await happen(fleet);
    await fleet.progress(someMessages, progressMs);
    const away = longestAbsenceMs(fleet.books.connections);
    const { figures, faults } = await fleet.verdict();
    if (faults.length > 0) throw new Error(`The relay broke its promises (seed ${fleet.seed}):\n${faults.join('\n')}`);
    return { figures, longestAbsenceMs: away };
  } finally {
    await fleet.stop();
  }
}
