import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../failures/failure';
import { StoreInUse } from '../stores/store-error';

const lockedMs = 5_000;
const againMs = 100;

/** What needs this device for itself: another command may be about to end. Rejects with a Failure that says which one. */
export async function whenFree<Result>(act: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const endsAt = performance.now() + lockedMs;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof StoreInUse)) throw error;
      if (signal.aborted) throw new Failure(130, 'Cancelled.');
      if (performance.now() >= endsAt) throw inUse(error);
    }
    await pause(againMs);
  }
}

function inUse({ pid }: StoreInUse): Failure {
  return new Failure(
    3,
    `Another command of openrelay (process ${pid}) uses this device: wait until it has ended. With “openrelay up” all commands share one connection.`,
  );
}
