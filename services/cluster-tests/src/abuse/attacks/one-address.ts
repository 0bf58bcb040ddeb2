import type { Attack, Tally } from '../attack';
import { WireDevice } from '../wire/wire-device';
import { count, countsOf, each, from, many, of, untilOver } from './attacking';

/** ADDRESS_MAX_CONNECTIONS of haproxy.cfg. */
const shareOfAddress = 1000;

/** As many connections through HAProxy as one address gets, in a rush and then steadily. */
export const oneAddress: Attack = {
  name: 'one-address',
  summary: 'one address in front of HAProxy',
  through: 'haproxy',
  async act(orders) {
    const tally: Tally = {};
    const beganMs = performance.now();
    const isOver = () => performance.now() - beganMs > orders.milliseconds;
    const open = new Set<WireDevice>();
    await each(many(orders, 10_000), 100, tally, async () => {
      if (isOver()) return;
      const device = await WireDevice.connect(orders.balancer!, from(orders));
      await device.register();
      count(tally, 'opened');
      open.add(device);
      tally.most = Math.max(of(tally, 'most'), open.size);
      void device.socket.closed.then(() => open.delete(device));
    });
    await untilOver(orders, beganMs);
    tally.held = open.size;
    for (const device of open) device.leave();
    return tally;
  },
  got: (tally) =>
    `${of(tally, 'most')} at once, ${of(tally, 'held')} held to the end; refused ${countsOf(tally, 'refused ')}`,
  faults: (tally) => (of(tally, 'most') > shareOfAddress ? [`One address held ${of(tally, 'most')} connections.`] : []),
};
