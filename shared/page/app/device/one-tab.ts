const lockName = 'openrelay-device';
/** A page that is loaded again may come before the browser has let go of the one before. */
const patienceMs = 1_500;

export type Held = {
  /** Resolves when another tab wants the device, or this one is done with it. */
  readonly wanted: Promise<void>;
  /** To be called when nothing of the device runs any more. */
  readonly release: () => void;
};

/** Two tabs with one device would use the same numbers for different messages: one has it at a time. */
export async function holdDevice(when: 'free' | 'asked for'): Promise<Held | 'held elsewhere'> {
  const channel = new BroadcastChannel(lockName);
  if (when === 'asked for') channel.postMessage('wanted');
  const signal = when === 'free' ? AbortSignal.timeout(patienceMs) : AbortSignal.timeout(10_000);
  return new Promise((resolve) => {
    const hold = () =>
      new Promise<void>((release) => {
        const wanted = new Promise<void>((want) => channel.addEventListener('message', () => want(), { once: true }));
        resolve({ wanted, release });
      });
    // The time that ran out means that another tab has it.
    navigator.locks.request(lockName, { signal }, hold).catch(() => resolve('held elsewhere'));
  });
}
