import { randomBytes } from 'node:crypto';
import { DeviceSigner } from '@openrelay/testing';
import type { Attack, Tally } from '../attack';
import { WireDevice } from '../wire/wire-device';
import { count, countsOf, edgeOf, from, many, of, repeat } from './attacking';

/** As many as a device may list. */
const mostTags = 1000;

/** Fresh ids that claim themselves, and list made-up contacts for 400 days. */
export const madeUpContacts: Attack = {
  name: 'made-up-contacts',
  summary: 'fresh claimed ids, each with 1,000 made-up contacts',
  async act(orders) {
    const tally: Tally = {};
    await repeat(orders, many(orders, 32), tally, async (runner) => {
      const own = { ...from(orders), key: DeviceSigner.ofEd25519() };
      const { device, answer } = await WireDevice.arrive(edgeOf(orders, runner), own);
      count(tally, `registered ${answer}`);
      if (answer === 'registered') {
        const tags = Array.from({ length: mostTags }, () => randomBytes(16).toString('hex'));
        const { answer: listed } = await device.listOnly(tags);
        count(tally, `lists ${listed}`);
        if (listed === 'taken') count(tally, 'tags', mostTags);
      }
      device.disconnect();
    });
    return tally;
  },
  got: (tally) =>
    `${of(tally, 'tags')} tags; registrations ${countsOf(tally, 'registered ')}; lists ${countsOf(tally, 'lists ')}`,
};
