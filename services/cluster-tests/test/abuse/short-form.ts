import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Attack } from '../../src/abuse/attack';
import { faultsOf } from '../../src/abuse/figures';
import { Scene } from '../../src/abuse/scene';

/** A moment of each attack, with a tenth of what it has in full: `npm run test:abuse` is the long form, and measures. */
const timing = { beforeMs: 200, attackMs: 1200, recoveryMs: 0, share: 0.1, priority: 'ordinary' } as const;
/** More than all of them together store: short of room, Redis takes no first claims, and so none of a bystander's. */
const maxMemoryBytes = 512 * 1_048_576;

/** Plays them one after the other on one cluster, so that what one of them leaves behind must not harm the next. */
export function playAll(attacks: readonly Attack[]): void {
  const stopping = new AbortController();
  let scene: Scene | undefined;
  beforeAll(async () => {
    scene = await Scene.set({ maxMemoryBytes }, stopping.signal);
  });
  afterAll(async () => {
    stopping.abort();
    await scene?.stop();
  });

  test.each(attacks.map((attack) => [attack.summary, attack] as const))(
    '%s: nobody else notices',
    async (_, attack) => {
      const outcome = await scene!.play(attack, timing);
      expect({ faults: faultsOf(outcome), got: attack.got(outcome.tally) }).toMatchObject({ faults: [] });
    },
  );
}
