import type { Attack, Tally } from '../attack';
import { WireDevice } from '../wire/wire-device';
import { countsOf, from, many, of } from './attacking';
import { holdOpen } from './hold-open';

/** ADDRESS_MAX_CONNECTIONS of haproxy.cfg. */
const shareOfAddress = 1000;

/** As many connections through HAProxy as one address gets, in a rush and then steadily. */
export const oneAddress: Attack = {
  name: 'one-address',
  summary: 'one address in front of HAProxy',
  through: 'haproxy',
  async act(orders) {
    const tally: Tally = {};
    await holdOpen(orders, { total: many(orders, 10_000), atOnce: 100 }, tally, async () => {
      const device = await WireDevice.connect(orders.balancer!, from(orders));
      await device.register();
      return device;
    });
    return tally;
  },
  got: (tally) =>
    `${of(tally, 'most')} at once, ${of(tally, 'held')} held to the end; refused ${countsOf(tally, 'refused ')}`,
  faults: (tally) => (of(tally, 'most') > shareOfAddress ? [`One address held ${of(tally, 'most')} connections.`] : []),
};
