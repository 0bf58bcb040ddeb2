import type { FleetConnection } from './books';

/** By the device itself, or by a network that broke or a process that died. */
const always: readonly number[] = [1000, 1005, 1006];
const replaced = 4001;
const tryLater = 1013;
/** A rival that is gone may have asked just before it went. */
const justMs = 1000;
/**
 * One that went by itself may have asked an edge that was held up for less than a second, which no edge notices; then it asks Redis,
 * and the edge of the older connection does, 0.8 s at the most each.
 */
const justLeftMs = justMs + 2 * 800;

type Unseen = (fromMs: number, toMs: number) => number;

/**
 * Connections that the relay closed without reason: with 4001, which sends a device away for good, while no other connection of
 * its id was there, with 1013 when it was registered, or with a code that nothing called for.
 * @param unseenMs how much of that time the devices did not look at their sockets
 */
export function strangeCloses(
  connections: readonly FleetConnection[],
  expected: readonly number[] = [],
  unseenMs: Unseen = () => 0,
): FleetConnection[] {
  const byDevice = new Map<string, FleetConnection[]>();
  for (const connection of connections) {
    const others = byDevice.get(connection.device);
    if (others === undefined) byDevice.set(connection.device, [connection]);
    else others.push(connection);
  }
  return connections.filter((connection) => {
    const { device, closed } = connection;
    if (closed === undefined || always.includes(closed.code)) return false;
    if (closed.code === tryLater && askedInVain(connection)) return false;
    if (closed.code !== replaced) return !expected.includes(closed.code);
    return !byDevice.get(device)!.some((one) => isThere(one, closed, unseenMs));
  });
}

/** A device that is told 503 each time that it registers is sent away in the end, and may find another edge. */
function askedInVain({ registered, refusals }: FleetConnection): boolean {
  return registered === undefined && refusals.includes(503);
}

function isThere(other: FleetConnection, closed: NonNullable<FleetConnection['closed']>, unseenMs: Unseen): boolean {
  if (other.closed === closed || other.opened.order > closed.order) return false;
  if (other.closed === undefined) return true;
  const allowedMs = other.closed.code === replaced ? justMs : justLeftMs;
  return other.closed.atMs > closed.atMs - allowedMs - unseenMs(other.closed.atMs, closed.atMs);
}
