import type { FleetConnection } from '../fleet';

/** The longest time, in ms, between the end of a device's registered connection and its next registration. */
export function longestAbsenceMs(connections: readonly FleetConnection[]): number {
  const goneSince = new Map<string, number>();
  let longest = 0;
  for (const { device, registered, closed } of connections) {
    if (registered === undefined) continue;
    longest = Math.max(longest, registered.atMs - (goneSince.get(device) ?? registered.atMs));
    if (closed !== undefined) goneSince.set(device, closed.atMs);
  }
  return longest;
}
