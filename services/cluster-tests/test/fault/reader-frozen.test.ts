import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { conclude, patientHabits } from './fault-cluster';
import { useFleet } from './use-fleet';

const frozenMs = 8000;
const slowTurnsMs = { readsFor: 20, restsFor: 400 };
/** For a busy machine; while one waited for the frozen reader there would be none. */
const longestFrozenMs = 60_000;
const others = 100;

const trial = useFleet({
  habits: patientHabits,
  // None short-lived: what lies in the buffers of a socket can be read after its expiry, and no relay can take it back.
  traffic: { messagesPerSecond: 120, dataBytes: [16 * 1024, 256 * 1024], shortLivedOneIn: 0, departuresPerSecond: 0 },
});

/** From the sender's socket to the recipient's books, for what these devices were sent after that moment, in order. */
function latenciesMs(recipients: ReadonlySet<string>, afterOrder: number): number[] {
  return [...trial.fleet.books.messages.values()]
    .filter(({ recipient, attempts }) => recipients.has(recipient) && attempts[0]!.order > afterOrder)
    .flatMap(({ attempts, deliveries }) => (deliveries[0] === undefined ? [] : deliveries[0].atMs - attempts[0]!.atMs))
    .sort((one, other) => one - other);
}

test('a frozen and a slow reader get all that was accepted for them, and do not slow down the others', async () => {
  const [frozen, slow, ...fast] = trial.fleet.devices;
  await trial.fleet.progress(50);
  const { order, atMs } = trial.fleet.books.now();

  frozen!.freeze();
  const toOthers = () => latenciesMs(new Set(fast.map(({ id }) => id)), order).length;
  const frozenForMs = () => trial.fleet.books.now().atMs - atMs;
  while (frozenForMs() < frozenMs || (toOthers() <= others && frozenForMs() < longestFrozenMs)) {
    slow!.freeze();
    await pause(slowTurnsMs.restsFor);
    slow!.thaw();
    await pause(slowTurnsMs.readsFor);
  }
  expect(toOthers()).toBeGreaterThan(others);
  expect(latenciesMs(new Set([frozen!.id]), order)).toEqual([]);
  frozen!.thaw();

  await conclude('a frozen and a slow reader', trial.fleet);
});
