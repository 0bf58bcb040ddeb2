import { setTimeout as pause } from 'node:timers/promises';
import { nowEpochMs, type Storm, type StormReport } from '../load/plan';
import { addCounts } from '../tally/totals';
import { inParallel } from './in-parallel';

// Between these, evenly spread: refused devices must not all come again at one instant.
const retryLeastMs = 100;
const retryMostMs = 500;
const longestReasonCharacters = 40;

/** Brings devices back that were just cut off; `register` is one attempt of one of them. */
export async function comeBack<Device>(
  devices: readonly Device[],
  { giveUpAtMs, handshakesAtOnce }: Storm,
  register: (device: Device) => Promise<void>,
): Promise<StormReport> {
  const report: StormReport = { missing: 0, failures: {}, registration: [] };
  await inParallel(devices, handshakesAtOnce, async (device) => {
    while (nowEpochMs() < giveUpAtMs) {
      const startedAtMs = performance.now();
      try {
        await register(device);
        report.registration.push(performance.now() - startedAtMs);
        return;
      } catch (error) {
        addCounts(report.failures, { [failureOf((error as Error).message)]: 1 });
        await pause(retryLeastMs + Math.random() * (retryMostMs - retryLeastMs));
      }
    }
    report.missing += 1;
  });
  return report;
}

/** What failed attempts are counted by: few different words, whatever the relay answers. */
export function failureOf(reason: string): string {
  const code = /"code":(\d+)/.exec(reason)?.[1];
  return code === undefined ? reason.slice(0, longestReasonCharacters) : `error ${code}`;
}
