import type { RedisHealth } from '@openrelay/state';

/** Memory of the fullest master; full: it refuses to store messages, which are answered 503. */
export type RedisView = {
  state: 'well' | 'nearly full' | 'full';
  usedBytes: number;
  /** null: `maxmemory` is not set. */
  limitBytes: number | null;
  /** Failing: a master cannot write to its disk, and refuses all writes. */
  disk: 'well' | 'failing';
  /** `maxmemory-policy`: `noeviction`, or that of a master by which it may throw messages away. */
  policy: string;
};

const nearlyFull = 0.9;
/** The only one under which Redis keeps all that it was given. */
export const safePolicy = 'noeviction';

/** @param masters one, or those of a Redis Cluster */
export function redisView(masters: readonly RedisHealth[]): RedisView {
  const fullest = masters.reduce((most, master) => (shareOf(master) > shareOf(most) ? master : most));
  const share = shareOf(fullest);
  return {
    state: share >= 1 ? 'full' : share >= nearlyFull ? 'nearly full' : 'well',
    usedBytes: fullest.usedBytes,
    limitBytes: fullest.limitBytes === 0 ? null : fullest.limitBytes,
    disk: masters.some(({ disk }) => disk === 'failing') ? 'failing' : 'well',
    policy: masters.find(({ policy }) => policy !== safePolicy)?.policy ?? safePolicy,
  };
}

function shareOf({ usedBytes, limitBytes }: RedisHealth): number {
  return limitBytes === 0 ? 0 : usedBytes / limitBytes;
}
