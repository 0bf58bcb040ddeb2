/**
 * Places in a batch, those of each device together, in the order in which the devices come first. Scripts get them so: what they read
 * of a device serves all that is about it.
 */
export function placesByDevice(devices: readonly string[]): number[][] {
  const groups: number[][] = [];
  const byDevice = new Map<string, number[]>();
  for (let place = 0; place < devices.length; place += 1) {
    const device = devices[place]!;
    const group = byDevice.get(device);
    if (group) group.push(place);
    else {
      const begun = [place];
      byDevice.set(device, begun);
      groups.push(begun);
    }
  }
  return groups;
}
