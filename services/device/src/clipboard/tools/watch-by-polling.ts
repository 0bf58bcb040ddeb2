import type { Watch } from '../clipboard';

const everyMs = 1_000;

/** Where nothing tells of changes: looks once a second. @param look what stands for the content, such as its hash */
export function watchByPolling(
  look: () => Promise<string>,
  onChange: () => void,
  onFailed: (error: Error) => void,
): Watch {
  let last: string | undefined;
  let life: 'running' | 'stopped' = 'running';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tick = async (): Promise<void> => {
    try {
      const seen = await look();
      if (life === 'running' && last !== undefined && seen !== last) onChange();
      last = seen;
    } catch (error) {
      onFailed(error as Error);
    }
    if (life === 'running') timer = setTimeout(() => void tick(), everyMs); // never rejects
  };
  void tick(); // never rejects
  return {
    stop: () => {
      life = 'stopped';
      clearTimeout(timer);
    },
  };
}
