import type { Orders, Tally } from '../attack';
import type { WireDevice } from '../wire/wire-device';
import { count, each, of, untilOver } from './attacking';

/**
 * Opens connections, so many at a time, and holds them until the attack is over. Tallies `opened`, `most` at once, `held` to the
 * end, and each close code.
 */
export async function holdOpen(
  orders: Orders,
  { total, atOnce }: { total: number; atOnce: number },
  tally: Tally,
  open: (index: number) => Promise<WireDevice>,
): Promise<void> {
  const beganMs = performance.now();
  const held = new Set<WireDevice>();
  await each(total, atOnce, tally, async (index) => {
    if (performance.now() - beganMs > orders.milliseconds) return;
    const device = await open(index);
    count(tally, 'opened');
    held.add(device);
    tally.most = Math.max(of(tally, 'most'), held.size);
    void device.socket.closed.then((code) => {
      count(tally, `closed ${code}`);
      held.delete(device);
    });
  });
  await untilOver(orders, beganMs);
  tally.held = held.size;
  for (const device of held) device.disconnect();
}
